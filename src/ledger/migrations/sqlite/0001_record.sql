-- The record of what ran and what went out to whom.
--
-- Instants are integers: microseconds since 1970-01-01T00:00:00Z. Civil days are ISO text. Claims and leases
-- are measured by the database's clock alone (the view `clock`), so that machines need not agree on the time.
-- The statements in the code are the same for every database; what differs between them (the clock, random
-- keys, types) is in this folder only.

create view clock as select cast(unixepoch('subsec') * 1000000 as integer) as now;

create table run (
    id              integer primary key autoincrement,
    -- Names this run at the peers (Message-IDs, idempotency keys). Not the id: a new ledger counts from 1 again.
    key             text    not null unique default (lower(hex(randomblob(10)))),
    report          text    not null,
    scheduled_for   integer not null,
    cause           text    not null check (cause in ('schedule', 'catch_up', 'manual')),
    period_from     text    not null,
    period_to       text    not null,
    zone            text    not null,
    deliver         integer not null check (deliver in (0, 1)),
    formats         text    not null,
    state           text    not null check (state in
                        ('queued', 'running', 'delivering', 'done', 'partial', 'failed', 'missed', 'cancelled')),
    error           text,
    worker          text,
    fence           integer not null default 0,
    attempts        integer not null default 0,
    lease_until     integer,
    next_attempt_at integer not null,
    created_at      integer not null,
    started_at      integer,
    finished_at     integer,
    check (period_from < period_to),
    check ((state = 'running') = (lease_until is not null)),
    check ((state in ('queued', 'running', 'delivering')) = (finished_at is null))
) strict;

-- A firing is run once, whoever notices it. Runs by hand may be repeated.
create unique index run_once on run (report, scheduled_for) where cause <> 'manual';
create index run_waiting on run (next_attempt_at) where state = 'queued';
create index run_held on run (lease_until) where state = 'running';

create table artifact (
    id            integer primary key autoincrement,
    run_id        integer not null references run (id) on delete cascade,
    recipient_key text    not null,
    name          text    not null,
    format        text    not null,
    section       text,
    media_type    text    not null,
    sha256        text    not null,
    size          integer not null,
    content       blob    not null,
    unique (run_id, recipient_key, name)
) strict;

create table delivery (
    id              integer primary key autoincrement,
    key             text    not null unique,
    run_id          integer not null references run (id) on delete cascade,
    channel         text    not null,
    recipient       text    not null,
    artifact_id     integer not null references artifact (id),
    state           text    not null check (state in
                        ('pending', 'sending', 'retry', 'done', 'refused', 'in_doubt', 'dead')),
    worker          text,
    fence           integer not null default 0,
    attempts        integer not null default 0,
    lease_until     integer,
    next_attempt_at integer not null,
    data_sent_at    integer,
    last_error      text,
    receipt         text,
    created_at      integer not null,
    started_at      integer,
    done_at         integer,
    unique (run_id, channel, recipient),
    check ((state = 'sending') = (lease_until is not null)),
    check ((state in ('pending', 'sending', 'retry')) = (done_at is null))
) strict;

create index delivery_waiting on delivery (next_attempt_at) where state in ('pending', 'retry');
create index delivery_held on delivery (lease_until) where state = 'sending';
create index delivery_artifact on delivery (artifact_id);

create table attempt (
    delivery_id integer not null references delivery (id) on delete cascade,
    number      integer not null,
    worker      text    not null,
    started_at  integer not null,
    finished_at integer not null,
    outcome     text    not null check (outcome in
                    ('done', 'retry', 'refused', 'in_doubt', 'dead', 'abandoned', 'released')),
    detail      text    not null,
    primary key (delivery_id, number)
) strict;

create trigger attempt_is_append_only before update on attempt
begin
    select raise(abort, 'attempts are never changed');
end;

-- Up to which instant the firings of a report's schedule have been decided.
create table firing_mark (
    report   text    not null,
    schedule text    not null,
    through  integer not null,
    primary key (report, schedule)
) strict;
