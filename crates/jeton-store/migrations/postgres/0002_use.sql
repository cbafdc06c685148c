-- Use, refusals, and which installation this database belongs to.

CREATE TABLE installation (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    instance TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    mark BYTEA NOT NULL
);

CREATE TABLE usage_rollups (
    token TEXT COLLATE "C" NOT NULL,
    hour BIGINT NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    route TEXT COLLATE "C" NOT NULL,
    network TEXT COLLATE "C" NOT NULL,
    previous_secret BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (token, hour, outcome, route, network, previous_secret)
);
CREATE INDEX usage_rollups_by_age ON usage_rollups (hour);

CREATE TABLE last_uses (
    token TEXT COLLATE "C" PRIMARY KEY,
    at BIGINT NOT NULL,
    client_ip TEXT,
    user_agent TEXT,
    previous_secret_at BIGINT,
    previous_secret_ip TEXT
);

-- The first time that a token was seen from a network.
CREATE TABLE first_sightings (
    token TEXT COLLATE "C" NOT NULL,
    network TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (token, network)
);

CREATE TABLE refusals (
    decision TEXT COLLATE "C" PRIMARY KEY,
    at BIGINT NOT NULL,
    token TEXT COLLATE "C",
    code TEXT NOT NULL,
    cause TEXT NOT NULL,
    method TEXT,
    path TEXT,
    audience TEXT,
    scopes TEXT NOT NULL,
    client_ip TEXT,
    user_agent TEXT
);
CREATE INDEX refusals_of ON refusals (token, at);
CREATE INDEX refusals_by_age ON refusals (at);

-- Parts of batches of use that are written: a part that comes again is not counted again.
CREATE TABLE usage_parts (
    batch TEXT COLLATE "C" NOT NULL,
    part BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (batch, part)
);
CREATE INDEX usage_parts_by_age ON usage_parts (at);
