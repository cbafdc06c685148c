-- OAuth and OpenID Connect: clients, passwords, sessions, consents, and what is good for once.

CREATE TABLE clients (
    id TEXT COLLATE "C" PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL UNIQUE,
    organisation TEXT COLLATE "C" NOT NULL REFERENCES organisations (id),
    name TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    source TEXT NOT NULL,
    registration TEXT NOT NULL,
    policy TEXT NOT NULL,
    pending TEXT,
    reason TEXT,
    registration_digest BYTEA,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    mark BYTEA NOT NULL
);
CREATE INDEX clients_of ON clients (organisation, created_at, id);
CREATE INDEX clients_by_state ON clients (organisation, state, created_at, id);
CREATE INDEX clients_by_revision ON clients (revision);

-- People sign in by name or e-mail address, whatever their organisation.
CREATE INDEX users_named ON users (name);
CREATE INDEX users_mailed ON users (lower(email));

CREATE TABLE passwords (
    account TEXT COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    mark BYTEA NOT NULL
);

CREATE TABLE sessions (
    id TEXT COLLATE "C" PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL UNIQUE,
    methods TEXT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    client_ip TEXT,
    user_agent TEXT,
    ended_at BIGINT,
    mark BYTEA NOT NULL
);
CREATE INDEX sessions_of ON sessions (account, created_at, id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Which clients a session signed somebody in at: who is told when it ends.
CREATE TABLE session_clients (
    session TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (session, client)
);

-- `id` is the account's and the client's id in one, so that a row has one key.
CREATE TABLE consents (
    id TEXT COLLATE "C" PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    scopes TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    mark BYTEA NOT NULL,
    UNIQUE (account, client)
);

CREATE TABLE codes (
    digest BYTEA PRIMARY KEY,
    client TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    redeemed_at BIGINT,
    grant_token TEXT COLLATE "C",
    mark BYTEA NOT NULL
);
CREATE INDEX codes_by_end ON codes (expires_at);

CREATE TABLE pushed_requests (
    digest BYTEA PRIMARY KEY,
    client TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    opened_at BIGINT,
    used_at BIGINT,
    mark BYTEA NOT NULL
);
CREATE INDEX pushed_requests_by_end ON pushed_requests (expires_at);
CREATE INDEX pushed_requests_of ON pushed_requests (client, expires_at);

CREATE TABLE device_codes (
    digest BYTEA PRIMARY KEY,
    user_digest BYTEA NOT NULL UNIQUE,
    client TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    approval TEXT,
    interval_seconds BIGINT NOT NULL,
    polled_at BIGINT,
    expires_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    mark BYTEA NOT NULL
);
CREATE INDEX device_codes_by_end ON device_codes (expires_at);
CREATE INDEX device_codes_of ON device_codes (client, state);

-- Names that are good for once (`jti`), until they would be refused for their age anyway.
CREATE TABLE spent_ids (
    digest BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_ids_by_end ON spent_ids (expires_at);

-- Secrets of refresh families that were replaced. The sealed answer is given again within the grace time, and removed after it.
CREATE TABLE spent_refresh_tokens (
    digest BYTEA PRIMARY KEY,
    family TEXT COLLATE "C" NOT NULL,
    spent_at BIGINT NOT NULL,
    answer BYTEA,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_refresh_tokens_by_end ON spent_refresh_tokens (expires_at);
CREATE INDEX spent_refresh_tokens_of ON spent_refresh_tokens (family);
CREATE INDEX spent_refresh_tokens_answered ON spent_refresh_tokens (spent_at) WHERE answer IS NOT NULL;

-- Logout tokens on their way (OpenID Connect Back-Channel Logout).
CREATE TABLE logout_deliveries (
    id TEXT COLLATE "C" PRIMARY KEY,
    client TEXT COLLATE "C" NOT NULL,
    uri TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    delivered_at BIGINT
);
CREATE INDEX logout_deliveries_due ON logout_deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX logout_deliveries_by_age ON logout_deliveries (created_at);

-- The places of JWTs in Token Status Lists. A place is given out once.
CREATE TABLE status_slots (
    list BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    token TEXT COLLATE "C" NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (list, slot)
);
CREATE INDEX status_slots_by_end ON status_slots (expires_at);
-- What died lately, for the lists: nothing else can change them.
CREATE INDEX tokens_not_active ON tokens (changed_at) WHERE state <> 'active';
