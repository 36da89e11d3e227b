-- Runs that are made and held back until somebody decides.

-- One more word in two closed sets; see step 3 for why the tables' texts are changed in place.
pragma writable_schema = on;
update sqlite_schema
set sql = replace(sql, '''missed'', ''cancelled''', '''missed'', ''cancelled'', ''held''')
where type = 'table' and name = 'run';
update sqlite_schema
set sql = replace(sql, '''dead'', ''cancelled''', '''dead'', ''cancelled'', ''held''')
where type = 'table' and name = 'delivery';
pragma writable_schema = reset;

alter table run add column held_at integer;
-- When somebody let it go.
alter table run add column released_at integer;
-- Why it was held, in the language of its report: for those who are told.
alter table run add column held_why text;

-- Few ever stand so, and they are looked for every few seconds.
create index run_undecided on run (id) where state = 'held';
