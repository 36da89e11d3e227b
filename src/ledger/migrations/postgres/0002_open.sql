-- Whether a run of thousands of deliveries has ended is asked after each of them.
create index delivery_open on delivery (run_id) where state in ('pending', 'sending', 'retry');
