-- The record of what ran and what went out to whom, for several machines.
--
-- The same tables as in a SQLite file, after all its steps: see there for why they are as they are. Instants are integers:
-- microseconds since 1970-01-01T00:00:00Z. Claims and leases are measured by this database's clock alone (the view `clock`).

create view clock as select (extract(epoch from clock_timestamp()) * 1000000)::bigint as now;

create table backfill (
    id          bigint generated always as identity primary key,
    report      text    not null,
    from_at     bigint  not null,
    to_at       bigint  not null,
    reprocess   text    not null check (reprocess in ('none', 'failed', 'all')),
    deliver     boolean not null,
    created_at  bigint  not null,
    finished_at bigint,
    check (from_at < to_at)
);

create table run (
    id              bigint  generated always as identity primary key,
    key             text    not null unique default replace(gen_random_uuid()::text, '-', ''),
    report          text    not null,
    scheduled_for   bigint  not null,
    cause           text    not null check (cause in ('schedule', 'catch_up', 'manual', 'backfill', 'notice')),
    period_from     text    not null,
    period_to       text    not null,
    zone            text    not null,
    deliver         boolean not null,
    formats         text    not null,
    state           text    not null check (state in
                        ('queued', 'running', 'delivering', 'done', 'partial', 'failed', 'missed', 'cancelled')),
    error           text,
    worker          text,
    fence           bigint  not null default 0,
    attempts        bigint  not null default 0,
    lease_until     bigint,
    next_attempt_at bigint  not null,
    created_at      bigint  not null,
    started_at      bigint,
    finished_at     bigint,
    params          text    not null default '{}',
    params_key      text    not null default '',
    continues       boolean not null default false,
    backfill_id     bigint  references backfill (id),
    superseded_by   bigint  references run (id),
    check (period_from < period_to),
    check ((state = 'running') = (lease_until is not null)),
    check ((state in ('queued', 'running', 'delivering')) = (finished_at is null))
);

create unique index run_once on run (report, scheduled_for, params_key)
    where cause not in ('manual', 'notice') and superseded_by is null;
create index run_of_firing on run (report, scheduled_for);
create index run_continued on run (report, params_key) where continues = true;
create index run_waiting on run (next_attempt_at) where state = 'queued';
create index run_held on run (lease_until) where state = 'running';

create table artifact (
    id            bigint generated always as identity primary key,
    run_id        bigint not null references run (id) on delete cascade,
    recipient_key text   not null,
    name          text   not null,
    format        text   not null,
    section       text,
    media_type    text   not null,
    sha256        text   not null,
    size          bigint not null,
    content       bytea  not null,
    unique (run_id, recipient_key, name)
);
-- It is compressed already, or small.
alter table artifact alter column content set storage external;

create table delivery (
    id              bigint generated always as identity primary key,
    key             text   not null unique,
    run_id          bigint not null references run (id) on delete cascade,
    channel         text   not null,
    recipient       text   not null,
    artifact_id     bigint not null references artifact (id),
    state           text   not null check (state in
                        ('pending', 'sending', 'retry', 'done', 'refused', 'in_doubt', 'dead', 'cancelled')),
    worker          text,
    fence           bigint not null default 0,
    attempts        bigint not null default 0,
    lease_until     bigint,
    next_attempt_at bigint not null,
    data_sent_at    bigint,
    last_error      text,
    receipt         text,
    created_at      bigint not null,
    started_at      bigint,
    done_at         bigint,
    hold            boolean not null default false,
    tries_before    bigint not null default 0,
    unique (run_id, channel, recipient),
    check ((state = 'sending') = (lease_until is not null)),
    check ((state in ('pending', 'sending', 'retry')) = (done_at is null))
);

create index delivery_waiting on delivery (next_attempt_at) where state in ('pending', 'retry');
create index delivery_held on delivery (lease_until) where state = 'sending';
create index delivery_artifact on delivery (artifact_id);

create table attempt (
    delivery_id bigint not null references delivery (id) on delete cascade,
    number      bigint not null,
    worker      text   not null,
    started_at  bigint not null,
    finished_at bigint not null,
    outcome     text   not null check (outcome in
                    ('done', 'retry', 'refused', 'in_doubt', 'dead', 'abandoned', 'released')),
    detail      text   not null,
    primary key (delivery_id, number)
);

create function attempt_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'attempts are never changed';
end $$;
create trigger attempt_is_append_only before update on attempt
    for each row execute function attempt_is_append_only();

create table firing_mark (
    report   text   not null,
    schedule text   not null,
    through  bigint not null,
    primary key (report, schedule)
);

create table pause (
    report text   not null primary key,
    since  bigint not null,
    reason text   not null
);

create table alert (
    id        bigint generated always as identity primary key,
    report    text   not null,
    kind      text   not null check (kind in ('failure', 'missed', 'in_doubt')),
    run_id    bigint references run (id) on delete set null,
    detail    text   not null,
    opened_at bigint not null,
    closed_at bigint
);

create unique index alert_open on alert (report, kind) where closed_at is null;
