-- What a run was made from: the frames it read and the definition it was made with, so that it can be made again and a number
-- be traced to its rows. A file is named by its SHA-256 and stands here once, however many runs were made from it.
create table kept (
    run_id bigint  not null references run (id) on delete cascade,
    name   text    not null,
    sha256 text    not null,
    size   bigint  not null,
    primary key (run_id, name)
);

create index kept_content on kept (sha256);

-- In parts, because a statement with all of a large file would take longer than a server is waited for.
create table kept_part (
    sha256  text    not null,
    number  bigint  not null,
    content bytea   not null,
    primary key (sha256, number)
);

-- The files are compressed already.
alter table kept_part alter column content set storage external;
