-- The key that pairwise subjects follow from: sealed, and never replaced.
CREATE TABLE subject_keys (
    name TEXT PRIMARY KEY,
    sealed_key BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
