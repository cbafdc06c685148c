-- What was spent of quotas whose window runs. The id is the token's and the window's length, `<token>.<seconds>`.

CREATE TABLE quota_uses (
    id TEXT COLLATE "C" PRIMARY KEY,
    token TEXT COLLATE "C" NOT NULL,
    refill_seconds BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    used BIGINT NOT NULL,
    mark BYTEA NOT NULL
);
CREATE INDEX quota_uses_by_end ON quota_uses ((began_at + refill_seconds * 1000000));
