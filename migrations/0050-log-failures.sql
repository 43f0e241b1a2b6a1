-- The log of what failed: few of the events did, so without this a log in which nothing failed lately is read to its end.
create index events_failures on events (id) where outcome = 'failure';
