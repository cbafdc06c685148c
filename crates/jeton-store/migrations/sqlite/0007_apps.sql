-- Who registered which app and why, the pictures of apps, and rotations that end once the old secret is silent.

CREATE TABLE apps (
    client TEXT PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    account TEXT NOT NULL,
    purpose TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX apps_of ON apps (account, registered_at, client);

-- A picture is named by its client and by its own hash, so that it needs no mark: what is named in a registration is marked there.
CREATE TABLE logos (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    image BLOB NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;
CREATE INDEX logos_of ON logos (client);

CREATE TABLE silent_rotations (
    token TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    quiet_seconds INTEGER NOT NULL,
    ended_at INTEGER,
    reported_at INTEGER,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX silent_rotations_open ON silent_rotations (began_at) WHERE ended_at IS NULL;
CREATE INDEX silent_rotations_ended ON silent_rotations (ended_at) WHERE ended_at IS NOT NULL;

-- How many people connected an app.
CREATE INDEX consents_of_client ON consents (client);

-- What happened to one thing.
CREATE INDEX audit_events_of ON audit_events (target, sequence);
