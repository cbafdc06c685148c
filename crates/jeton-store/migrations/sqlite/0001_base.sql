-- The nouns, the change log, the audit chain. Instants are microseconds since 1970; ids are text; marks are 36 bytes.

CREATE TABLE heads (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL,
    audit_sequence INTEGER NOT NULL,
    audit_link BLOB NOT NULL,
    mark BLOB NOT NULL
) STRICT;
INSERT INTO heads (one, revision, audit_sequence, audit_link, mark) VALUES (1, 0, 0, x'', x'');

CREATE TABLE changes (
    revision INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX changes_of ON changes (id, revision);

CREATE TABLE audit_events (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    organisation TEXT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    details TEXT NOT NULL,
    request TEXT,
    client_ip TEXT,
    link BLOB NOT NULL
) STRICT;

CREATE TABLE organisations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;

CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    mark BLOB NOT NULL,
    UNIQUE (organisation, name)
) STRICT;

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    email TEXT,
    role TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    mark BLOB NOT NULL,
    UNIQUE (organisation, name)
) STRICT;

CREATE TABLE apis (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisations (id),
    audience TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX apis_of ON apis (organisation, id);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    project TEXT,
    kind TEXT NOT NULL,
    parent TEXT,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    hint TEXT NOT NULL,
    audiences TEXT NOT NULL,
    policy TEXT NOT NULL,
    digest BLOB NOT NULL,
    previous_digest BLOB,
    previous_until INTEGER,
    state TEXT NOT NULL,
    not_before INTEGER,
    expires_at INTEGER,
    metadata TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    issued_by TEXT NOT NULL,
    reason TEXT,
    comment TEXT,
    changed_at INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX tokens_newest ON tokens (organisation, issued_at, id);
CREATE INDEX tokens_of_subject ON tokens (organisation, subject, issued_at, id);
CREATE INDEX tokens_of_project ON tokens (project, issued_at, id) WHERE project IS NOT NULL;
CREATE INDEX tokens_of_parent ON tokens (parent, issued_at, id) WHERE parent IS NOT NULL;
CREATE INDEX tokens_by_end ON tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX tokens_revoked ON tokens (changed_at) WHERE state = 'revoked';

CREATE TABLE idempotency_keys (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL,
    answer BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (at);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    public_jwk TEXT NOT NULL,
    sealed_private BLOB NOT NULL,
    published_at INTEGER NOT NULL,
    signs_from INTEGER NOT NULL,
    removed_at INTEGER,
    mark BLOB NOT NULL
) STRICT;
