-- Ways to sign in besides a password, and links that are good for once.

CREATE TABLE passkeys (
    id TEXT COLLATE "C" PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential BYTEA NOT NULL UNIQUE,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    version BIGINT NOT NULL,
    mark BYTEA NOT NULL
);
CREATE INDEX passkeys_of ON passkeys (account, created_at, id);

-- Secrets of time-based one-time passwords, sealed; `last_step` is the newest step whose password was used.
CREATE TABLE totp_secrets (
    account TEXT COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed_secret BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    mark BYTEA NOT NULL
);

CREATE TABLE recovery_codes (
    digest BYTEA PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    mark BYTEA NOT NULL
);
CREATE INDEX recovery_codes_of ON recovery_codes (account);

-- The address that a person has shown to read. It counts while the account still has it.
CREATE TABLE verified_emails (
    account TEXT COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    verified_at BIGINT NOT NULL,
    mark BYTEA NOT NULL
);

CREATE TABLE account_links (
    id TEXT COLLATE "C" PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C",
    email TEXT,
    role TEXT,
    by_mail BIGINT NOT NULL,
    issued_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    mark BYTEA NOT NULL
);
CREATE INDEX account_links_of ON account_links (account, kind);
CREATE INDEX account_links_listed ON account_links (organisation, kind, created_at, id);
CREATE INDEX account_links_by_end ON account_links (expires_at);
