-- How many rows of its period each run read, by which later runs of its report are judged; and what was expected of its data and was
-- not so, though it was made.
create table row_count (
    run_id bigint  not null references run (id) on delete cascade,
    frame  text    not null,
    total  bigint  not null,
    primary key (run_id, frame)
);

alter table run add column unmet text;
