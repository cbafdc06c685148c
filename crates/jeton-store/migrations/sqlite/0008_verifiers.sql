-- Cuts: everything of a scope that was issued up to an instant is revoked. The id is the scope's text;
-- kind and value are its parts, the value empty where all is meant.

CREATE TABLE cuts (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    until INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    comment TEXT,
    revision INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX cuts_newest ON cuts (revision);
CREATE INDEX cuts_of ON cuts (organisation, revision);

-- What each node of the authority knows of verifiers, for the others: one row for each node, written every second.
CREATE TABLE verifiers (
    node TEXT PRIMARY KEY,
    beat INTEGER NOT NULL,
    body TEXT NOT NULL,
    mark BLOB NOT NULL
) STRICT;
