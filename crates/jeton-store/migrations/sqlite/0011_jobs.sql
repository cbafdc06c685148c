-- Runs that revoke all tokens that a search finds: how far each is. `place` is where its next batch begins,
-- `held_until` until when whoever works on it may be taken to be there.
CREATE TABLE revocation_runs (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    search TEXT NOT NULL,
    found INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    began_by TEXT NOT NULL,
    client_ip TEXT,
    spared TEXT,
    reason TEXT,
    comment TEXT,
    state TEXT NOT NULL,
    fault TEXT,
    place TEXT,
    revoked INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    held_until INTEGER NOT NULL,
    ended_at INTEGER,
    version INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX revocation_runs_newest ON revocation_runs (organisation, began_at);
CREATE INDEX revocation_runs_running ON revocation_runs (held_until) WHERE state = 'running';
CREATE INDEX revocation_runs_ended ON revocation_runs (ended_at);
