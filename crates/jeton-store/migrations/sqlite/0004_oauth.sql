-- OAuth and OpenID Connect: clients, passwords, sessions, consents, and what is good for once.

CREATE TABLE clients (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    organisation TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    source TEXT NOT NULL,
    registration TEXT NOT NULL,
    policy TEXT NOT NULL,
    pending TEXT,
    reason TEXT,
    registration_digest BLOB,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX clients_of ON clients (organisation, created_at, id);
CREATE INDEX clients_by_state ON clients (organisation, state, created_at, id);
CREATE INDEX clients_by_revision ON clients (revision);

-- People sign in by name or e-mail address, whatever their organisation.
CREATE INDEX users_named ON users (name);
CREATE INDEX users_mailed ON users (lower(email));

CREATE TABLE passwords (
    account TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    account TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    methods TEXT NOT NULL,
    authenticated_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    client_ip TEXT,
    user_agent TEXT,
    ended_at INTEGER,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX sessions_of ON sessions (account, created_at, id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Which clients a session signed somebody in at: who is told when it ends.
CREATE TABLE session_clients (
    session TEXT NOT NULL,
    client TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (session, client)
) STRICT, WITHOUT ROWID;

-- `id` is the account's and the client's id in one, so that a row has one key.
CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    client TEXT NOT NULL,
    scopes TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    mark BLOB NOT NULL,
    UNIQUE (account, client)
) STRICT;

CREATE TABLE codes (
    digest BLOB PRIMARY KEY,
    client TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    redeemed_at INTEGER,
    grant_token TEXT,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX codes_by_end ON codes (expires_at);

CREATE TABLE pushed_requests (
    digest BLOB PRIMARY KEY,
    client TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    opened_at INTEGER,
    used_at INTEGER,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX pushed_requests_by_end ON pushed_requests (expires_at);
CREATE INDEX pushed_requests_of ON pushed_requests (client, expires_at);

CREATE TABLE device_codes (
    digest BLOB PRIMARY KEY,
    user_digest BLOB NOT NULL UNIQUE,
    client TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    approval TEXT,
    interval_seconds INTEGER NOT NULL,
    polled_at INTEGER,
    expires_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX device_codes_by_end ON device_codes (expires_at);
CREATE INDEX device_codes_of ON device_codes (client, state);

-- Names that are good for once (`jti`), until they would be refused for their age anyway.
CREATE TABLE spent_ids (
    digest BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX spent_ids_by_end ON spent_ids (expires_at);

-- Secrets of refresh families that were replaced. The sealed answer is given again within the grace time, and removed after it.
CREATE TABLE spent_refresh_tokens (
    digest BLOB PRIMARY KEY,
    family TEXT NOT NULL,
    spent_at INTEGER NOT NULL,
    answer BLOB,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX spent_refresh_tokens_by_end ON spent_refresh_tokens (expires_at);
CREATE INDEX spent_refresh_tokens_of ON spent_refresh_tokens (family);
CREATE INDEX spent_refresh_tokens_answered ON spent_refresh_tokens (spent_at) WHERE answer IS NOT NULL;

-- Logout tokens on their way (OpenID Connect Back-Channel Logout).
CREATE TABLE logout_deliveries (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    uri TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    delivered_at INTEGER
) STRICT;
CREATE INDEX logout_deliveries_due ON logout_deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX logout_deliveries_by_age ON logout_deliveries (created_at);

-- The places of JWTs in Token Status Lists. A place is given out once.
CREATE TABLE status_slots (
    list INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    token TEXT NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (list, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX status_slots_by_end ON status_slots (expires_at);
-- What died lately, for the lists: nothing else can change them.
CREATE INDEX tokens_not_active ON tokens (changed_at) WHERE state <> 'active';
