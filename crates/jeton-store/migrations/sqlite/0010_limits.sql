-- What was spent of rates that nodes share. The id is the payer's and the window's length, `<payer>.<seconds>`; next_at is the
-- theoretical arrival time of the next request, when the rate is whole again.
CREATE TABLE rate_uses (
    id TEXT PRIMARY KEY,
    next_at INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX rate_uses_by_end ON rate_uses (next_at);

-- The nodes that spend limits, one row for each, written again and again; alone is 1 where one does so without asking.
CREATE TABLE limit_nodes (
    node TEXT PRIMARY KEY,
    beat INTEGER NOT NULL,
    alone INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
