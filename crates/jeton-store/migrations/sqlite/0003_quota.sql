-- What was spent of quotas whose window runs. The id is the token's and the window's length, `<token>.<seconds>`.

CREATE TABLE quota_uses (
    id TEXT PRIMARY KEY,
    token TEXT NOT NULL,
    refill_seconds INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    used INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX quota_uses_by_end ON quota_uses ((began_at + refill_seconds * 1000000));
