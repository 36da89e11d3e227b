-- Yes and no are asked for in the words that every database has.

drop index run_continued;
create index run_continued on run (report, params_key) where continues = true;
