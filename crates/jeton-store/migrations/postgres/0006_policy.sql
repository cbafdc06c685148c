-- What an organisation lays down for its tokens and apps, and the indexes of the lists that people look through.

CREATE TABLE rules (
    organisation TEXT COLLATE "C" PRIMARY KEY REFERENCES organisations (id),
    body TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    mark BYTEA NOT NULL
);

-- Kinds that are issued one by one: those of OAuth come in masses, and are found by their client or person.
CREATE INDEX tokens_of_kind ON tokens (organisation, kind, issued_at, id) WHERE kind IN ('pat', 'key', 'pub', 'svc');
CREATE INDEX tokens_in_state ON tokens (organisation, state, issued_at, id) WHERE state <> 'active';
CREATE INDEX tokens_hinted ON tokens (organisation, hint, issued_at, id) WHERE hint <> '';
CREATE INDEX tokens_endless ON tokens (organisation, issued_at, id) WHERE expires_at IS NULL;
CREATE INDEX tokens_rotated ON tokens (organisation, issued_at, id) WHERE previous_until IS NOT NULL;
CREATE INDEX tokens_of_client ON tokens (((policy::json) ->> 'client_id'), issued_at, id) WHERE kind IN ('oat', 'ort', 'cls', 'grt');

CREATE INDEX audit_events_of_actor ON audit_events (actor, sequence);
CREATE INDEX audit_events_of_target ON audit_events (target, sequence);
