-- Runs that are made and held back until somebody decides.

alter table run drop constraint run_state_check;
alter table run add constraint run_state_check check (state in
    ('queued', 'running', 'delivering', 'done', 'partial', 'failed', 'missed', 'cancelled', 'held'));
alter table delivery drop constraint delivery_state_check;
alter table delivery add constraint delivery_state_check check (state in
    ('pending', 'sending', 'retry', 'done', 'refused', 'in_doubt', 'dead', 'cancelled', 'held'));

alter table run add column held_at bigint;
-- When somebody let it go.
alter table run add column released_at bigint;
-- Why it was held, in the language of its report: for those who are told.
alter table run add column held_why text;

-- Few ever stand so, and they are looked for every few seconds.
create index run_undecided on run (id) where state = 'held';
