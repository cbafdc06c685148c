-- Who registered which app and why, the pictures of apps, and rotations that end once the old secret is silent.

CREATE TABLE apps (
    client TEXT COLLATE "C" PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    account TEXT COLLATE "C" NOT NULL,
    purpose TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    mark BYTEA NOT NULL
);
CREATE INDEX apps_of ON apps (account, registered_at, client);

-- A picture is named by its client and by its own hash, so that it needs no mark: what is named in a registration is marked there.
CREATE TABLE logos (
    id TEXT COLLATE "C" PRIMARY KEY,
    client TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    image BYTEA NOT NULL,
    added_at BIGINT NOT NULL
);
CREATE INDEX logos_of ON logos (client);

CREATE TABLE silent_rotations (
    token TEXT COLLATE "C" PRIMARY KEY,
    generation BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    quiet_seconds BIGINT NOT NULL,
    ended_at BIGINT,
    reported_at BIGINT,
    mark BYTEA NOT NULL
);
CREATE INDEX silent_rotations_open ON silent_rotations (began_at) WHERE ended_at IS NULL;
CREATE INDEX silent_rotations_ended ON silent_rotations (ended_at) WHERE ended_at IS NOT NULL;

-- How many people connected an app.
CREATE INDEX consents_of_client ON consents (client);

-- What happened to one thing.
CREATE INDEX audit_events_of ON audit_events (target, sequence);
