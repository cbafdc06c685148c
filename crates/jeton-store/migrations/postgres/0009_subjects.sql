-- The key that pairwise subjects follow from: sealed, and never replaced.
CREATE TABLE subject_keys (
    name TEXT COLLATE "C" PRIMARY KEY,
    sealed_key BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    mark BYTEA NOT NULL
);
