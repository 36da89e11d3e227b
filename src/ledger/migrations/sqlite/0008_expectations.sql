-- How many rows of its period each run read, by which later runs of its report are judged; and what was expected of its data and was
-- not so, though it was made.
create table row_count (
    run_id integer not null references run (id) on delete cascade,
    frame  text    not null,
    total  integer not null,
    primary key (run_id, frame)
) strict;

alter table run add column unmet text;
