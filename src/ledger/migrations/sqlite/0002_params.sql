-- What a run was made with: the values of its report's parameters, and whether its period goes on where an earlier
-- one ended.

-- Every value as typed, by name, as a JSON object.
alter table run add column params text not null default '{}';
-- Those that differ from the report's defaults, in the same form; '' when none does. Part of what makes a firing.
alter table run add column params_key text not null default '';
-- Its period begins where that of the latest run that succeeded ended.
alter table run add column continues integer not null default 0 check (continues in (0, 1));

-- A firing is run once for each choice of parameters. Runs by hand may be repeated.
drop index run_once;
create unique index run_once on run (report, scheduled_for, params_key) where cause <> 'manual';
create index run_continued on run (report, params_key) where continues = 1;
