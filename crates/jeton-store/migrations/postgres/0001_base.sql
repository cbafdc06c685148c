-- The nouns, the change log, the audit chain. Instants are microseconds since 1970; ids are text; marks are 36 bytes.

CREATE TABLE heads (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    revision BIGINT NOT NULL,
    audit_sequence BIGINT NOT NULL,
    audit_link BYTEA NOT NULL,
    mark BYTEA NOT NULL
);
INSERT INTO heads (one, revision, audit_sequence, audit_link, mark) VALUES (1, 0, 0, '', '');

CREATE TABLE changes (
    revision BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    mark BYTEA NOT NULL
);
CREATE INDEX changes_of ON changes (id, revision);

CREATE TABLE audit_events (
    sequence BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    organisation TEXT COLLATE "C",
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    details TEXT NOT NULL,
    request TEXT,
    client_ip TEXT,
    link BYTEA NOT NULL
);

CREATE TABLE organisations (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    mark BYTEA NOT NULL
);

CREATE TABLE projects (
    id TEXT COLLATE "C" PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL REFERENCES organisations (id),
    name TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    mark BYTEA NOT NULL,
    UNIQUE (organisation, name)
);

CREATE TABLE users (
    id TEXT COLLATE "C" PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL REFERENCES organisations (id),
    name TEXT COLLATE "C" NOT NULL,
    email TEXT,
    role TEXT NOT NULL,
    disabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    mark BYTEA NOT NULL,
    UNIQUE (organisation, name)
);

CREATE TABLE apis (
    id TEXT COLLATE "C" PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL REFERENCES organisations (id),
    audience TEXT NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    mark BYTEA NOT NULL
);
CREATE INDEX apis_of ON apis (organisation, id);

CREATE TABLE tokens (
    id TEXT COLLATE "C" PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    project TEXT COLLATE "C",
    kind TEXT NOT NULL,
    parent TEXT COLLATE "C",
    subject TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    hint TEXT NOT NULL,
    audiences TEXT NOT NULL,
    policy TEXT NOT NULL,
    digest BYTEA NOT NULL,
    previous_digest BYTEA,
    previous_until BIGINT,
    state TEXT NOT NULL,
    not_before BIGINT,
    expires_at BIGINT,
    metadata TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    issued_by TEXT NOT NULL,
    reason TEXT,
    comment TEXT,
    changed_at BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    version BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    mark BYTEA NOT NULL
);
CREATE INDEX tokens_newest ON tokens (organisation, issued_at, id);
CREATE INDEX tokens_of_subject ON tokens (organisation, subject, issued_at, id);
CREATE INDEX tokens_of_project ON tokens (project, issued_at, id) WHERE project IS NOT NULL;
CREATE INDEX tokens_of_parent ON tokens (parent, issued_at, id) WHERE parent IS NOT NULL;
CREATE INDEX tokens_by_end ON tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX tokens_revoked ON tokens (changed_at) WHERE state = 'revoked';

CREATE TABLE idempotency_keys (
    owner TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request BYTEA NOT NULL,
    answer BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (at);

CREATE TABLE signing_keys (
    kid TEXT COLLATE "C" PRIMARY KEY,
    algorithm TEXT NOT NULL,
    public_jwk TEXT NOT NULL,
    sealed_private BYTEA NOT NULL,
    published_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    removed_at BIGINT,
    mark BYTEA NOT NULL
);
