-- What runs had of their periods, by which later runs of the same report are judged: rows of frames, and metrics as a whole. It stays
-- when the run itself is deleted, since a year of weeks is held against this one.
create table past_run (
    -- Of a run that may be gone; numbers of runs are given once.
    run_id        integer primary key,
    report        text    not null,
    params_key    text    not null,
    scheduled_for integer not null,
    period_from   text    not null,
    period_to     text    not null,
    zone          text    not null,
    -- What the period is among those that it may be held against over years; nothing: the elapsed part of a unit, or an older run.
    kind          text,
    -- Was it sent, and were its data as expected?
    sent          integer not null check (sent in (0, 1)),
    sound         integer not null check (sound in (0, 1)),
    made_at       integer not null
) strict;

create index past_of_report on past_run (report, params_key, kind, period_from);

create table figure (
    run_id integer not null references past_run (run_id) on delete cascade,
    -- `rows` of a frame, or a `metric`.
    what   text    not null check (what in ('rows', 'metric')),
    name   text    not null,
    -- By what a metric was computed, and how it was shown.
    basis  text    not null,
    unit   text    not null,
    -- As shown, and as computed.
    value  real    not null,
    raw    real    not null,
    primary key (run_id, what, name)
) strict;

insert into past_run (run_id, report, params_key, scheduled_for, period_from, period_to, zone, sent, sound, made_at)
select id, report, params_key, scheduled_for, period_from, period_to, zone, deliver, unmet is null, coalesce(finished_at, created_at)
from run
where id in (select run_id from row_count);

insert into figure (run_id, what, name, basis, unit, value, raw)
select run_id, 'rows', frame, '', '', total, total from row_count;

drop table row_count;
