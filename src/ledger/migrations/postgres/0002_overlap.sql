-- The run that was still to be made when this one's schedule fired, because of which it was missed. That one may leave the
-- record first, so that it is a number only.
alter table run add column overlapped bigint;
