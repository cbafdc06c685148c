-- Checks of the audit chain: how far each is, and what it found, so that every node can tell. `held_until` until when the node that
-- reads may be taken to be there; `report` is JSON.
CREATE TABLE audit_checks (
    id TEXT PRIMARY KEY,
    began_at INTEGER NOT NULL,
    began_by TEXT NOT NULL,
    state TEXT NOT NULL,
    events_read INTEGER NOT NULL,
    expected INTEGER NOT NULL,
    report TEXT,
    fault TEXT,
    held_until INTEGER NOT NULL,
    ended_at INTEGER,
    version INTEGER NOT NULL,
    mark BLOB NOT NULL
) STRICT;
CREATE INDEX audit_checks_newest ON audit_checks (began_at, id);
CREATE INDEX audit_checks_running ON audit_checks (held_until) WHERE state = 'running';
