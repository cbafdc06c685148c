-- Cuts: everything of a scope that was issued up to an instant is revoked. The id is the scope's text;
-- kind and value are its parts, the value empty where all is meant.

CREATE TABLE cuts (
    id TEXT COLLATE "C" PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    until BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    comment TEXT,
    revision BIGINT NOT NULL,
    mark BYTEA NOT NULL
);
CREATE INDEX cuts_newest ON cuts (revision);
CREATE INDEX cuts_of ON cuts (organisation, revision);

-- What each node of the authority knows of verifiers, for the others: one row for each node, written every second.
CREATE TABLE verifiers (
    node TEXT COLLATE "C" PRIMARY KEY,
    beat BIGINT NOT NULL,
    body TEXT NOT NULL,
    mark BYTEA NOT NULL
);
