-- Firings of the past that are run later, and runs that are done again.
--
-- A run that is done again is a new run; the earlier one stays as it is, with what it made and sent, and says which
-- run stands in its place. A firing has one run that counts.

-- One more cause. The condition is only checked when a row is written, so that the table's text may be changed in place;
-- building the table anew would copy every artifact. `reset` makes SQLite read the text again.
pragma writable_schema = on;
update sqlite_schema
set sql = replace(sql, '''catch_up'', ''manual''', '''catch_up'', ''manual'', ''backfill''')
where type = 'table' and name = 'run';
pragma writable_schema = reset;

-- What somebody asked for, so that one that was interrupted goes on where it was.
create table backfill (
    id          integer primary key autoincrement,
    report      text    not null,
    -- The instants of the first firing and of the first that is not meant.
    from_at     integer not null,
    to_at       integer not null,
    reprocess   text    not null check (reprocess in ('none', 'failed', 'all')),
    deliver     integer not null check (deliver in (0, 1)),
    created_at  integer not null,
    finished_at integer,
    check (from_at < to_at)
) strict;

alter table run add column backfill_id integer references backfill (id);
alter table run add column superseded_by integer references run (id);

drop index run_once;
create unique index run_once on run (report, scheduled_for, params_key)
    where cause <> 'manual' and superseded_by is null;
create index run_of_firing on run (report, scheduled_for);
