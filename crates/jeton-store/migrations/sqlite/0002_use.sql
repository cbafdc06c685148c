-- Use, refusals, and which installation this database belongs to.

CREATE TABLE installation (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    instance TEXT NOT NULL,
    generation INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;

CREATE TABLE usage_rollups (
    token TEXT NOT NULL,
    hour INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    route TEXT NOT NULL,
    network TEXT NOT NULL,
    previous_secret INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (token, hour, outcome, route, network, previous_secret)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_rollups_by_age ON usage_rollups (hour);

CREATE TABLE last_uses (
    token TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    client_ip TEXT,
    user_agent TEXT,
    previous_secret_at INTEGER,
    previous_secret_ip TEXT
) STRICT;

-- The first time that a token was seen from a network.
CREATE TABLE first_sightings (
    token TEXT NOT NULL,
    network TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (token, network)
) STRICT, WITHOUT ROWID;

CREATE TABLE refusals (
    decision TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    token TEXT,
    code TEXT NOT NULL,
    cause TEXT NOT NULL,
    method TEXT,
    path TEXT,
    audience TEXT,
    scopes TEXT NOT NULL,
    client_ip TEXT,
    user_agent TEXT
) STRICT;
CREATE INDEX refusals_of ON refusals (token, at);
CREATE INDEX refusals_by_age ON refusals (at);

-- Parts of batches of use that are written: a part that comes again is not counted again.
CREATE TABLE usage_parts (
    batch TEXT NOT NULL,
    part INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (batch, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_parts_by_age ON usage_parts (at);
