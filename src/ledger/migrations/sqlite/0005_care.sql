-- What looking after the record needs: notices to its owners, deliveries called off or sent again, reports that pause.

-- More words in two closed sets; see step 3 for why the tables' texts are changed in place.
pragma writable_schema = on;
update sqlite_schema
set sql = replace(sql, '''manual'', ''backfill''', '''manual'', ''backfill'', ''notice''')
where type = 'table' and name = 'run';
update sqlite_schema
set sql = replace(sql, '''in_doubt'', ''dead''', '''in_doubt'', ''dead'', ''cancelled''')
where type = 'table' and name = 'delivery';
pragma writable_schema = reset;

-- In doubt it is held, and not sent once more.
alter table delivery add column hold integer not null default 0 check (hold in (0, 1));
-- Tries before somebody had it sent again: they do not count for how often it may be tried.
alter table delivery add column tries_before integer not null default 0;

-- Notices are no firings.
drop index run_once;
create unique index run_once on run (report, scheduled_for, params_key)
    where cause not in ('manual', 'notice') and superseded_by is null;

-- Reports that are not run by their schedule for the time being.
create table pause (
    report text    not null primary key,
    since  integer not null,
    reason text    not null
) strict;

-- What owners were told: once when something goes wrong, once when it is well again.
create table alert (
    id        integer primary key autoincrement,
    report    text    not null,
    kind      text    not null check (kind in ('failure', 'missed', 'in_doubt')),
    -- The run that it is about.
    run_id    integer references run (id) on delete set null,
    detail    text    not null,
    opened_at integer not null,
    closed_at integer
) strict;

create unique index alert_open on alert (report, kind) where closed_at is null;
