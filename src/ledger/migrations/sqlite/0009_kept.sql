-- What a run was made from: the frames it read and the definition it was made with, so that it can be made again and a number
-- be traced to its rows. A file is named by its SHA-256 and stands here once, however many runs were made from it.
create table kept (
    run_id integer not null references run (id) on delete cascade,
    name   text    not null,
    sha256 text    not null,
    size   integer not null,
    primary key (run_id, name)
) strict;

create index kept_content on kept (sha256);

-- In parts, because a transaction that writes all of a large file would keep others waiting.
create table kept_part (
    sha256  text    not null,
    number  integer not null,
    content blob    not null,
    primary key (sha256, number)
) strict;
