-- Ways to sign in besides a password, and links that are good for once.

CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    version INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX passkeys_of ON passkeys (account, created_at, id);

-- Secrets of time-based one-time passwords, sealed; `last_step` is the newest step whose password was used.
CREATE TABLE totp_secrets (
    account TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed_secret BLOB NOT NULL,
    last_step INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;

CREATE TABLE recovery_codes (
    digest BLOB PRIMARY KEY,
    account TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX recovery_codes_of ON recovery_codes (account);

-- The address that a person has shown to read. It counts while the account still has it.
CREATE TABLE verified_emails (
    account TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    verified_at INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;

CREATE TABLE account_links (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    organisation TEXT NOT NULL,
    account TEXT,
    email TEXT,
    role TEXT,
    by_mail INTEGER NOT NULL,
    issued_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX account_links_of ON account_links (account, kind);
CREATE INDEX account_links_listed ON account_links (organisation, kind, created_at, id);
CREATE INDEX account_links_by_end ON account_links (expires_at);
