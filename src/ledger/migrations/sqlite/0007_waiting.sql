-- A run with ten thousand recipients: what is due next of it, and whether any of it is still open, are looked up, not counted.
create index delivery_by_channel on delivery (channel, next_attempt_at, id) where state in ('pending', 'retry');
create index delivery_of_run on delivery (run_id, channel, next_attempt_at, id) where state in ('pending', 'retry');
create index delivery_open on delivery (run_id) where state in ('pending', 'sending', 'retry');
