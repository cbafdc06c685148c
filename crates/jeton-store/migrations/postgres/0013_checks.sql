-- Checks of the audit chain: how far each is, and what it found, so that every node can tell. `held_until` until when the node that
-- reads may be taken to be there; `report` is JSON.
CREATE TABLE audit_checks (
    id TEXT COLLATE "C" PRIMARY KEY,
    began_at BIGINT NOT NULL,
    began_by TEXT NOT NULL,
    state TEXT NOT NULL,
    events_read BIGINT NOT NULL,
    expected BIGINT NOT NULL,
    report TEXT,
    fault TEXT,
    held_until BIGINT NOT NULL,
    ended_at BIGINT,
    version BIGINT NOT NULL,
    mark BYTEA NOT NULL
);
CREATE INDEX audit_checks_newest ON audit_checks (began_at, id);
CREATE INDEX audit_checks_running ON audit_checks (held_until) WHERE state = 'running';
