-- Runs that revoke all tokens that a search finds: how far each is. `place` is where its next batch begins,
-- `held_until` until when whoever works on it may be taken to be there.
CREATE TABLE revocation_runs (
    id TEXT COLLATE "C" PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    search TEXT NOT NULL,
    found BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    began_by TEXT NOT NULL,
    client_ip TEXT,
    spared TEXT,
    reason TEXT,
    comment TEXT,
    state TEXT NOT NULL,
    fault TEXT,
    place TEXT,
    revoked BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    held_until BIGINT NOT NULL,
    ended_at BIGINT,
    version BIGINT NOT NULL,
    mark BYTEA NOT NULL
);
CREATE INDEX revocation_runs_newest ON revocation_runs (organisation, began_at);
CREATE INDEX revocation_runs_running ON revocation_runs (held_until) WHERE state = 'running';
CREATE INDEX revocation_runs_ended ON revocation_runs (ended_at);
