-- What is issued by the thousands a second writes no more than is looked for.

-- The last characters of a token lie anywhere in an index, so that each access token would write a page of its own there. Those and refresh
-- tokens are looked for among the newest.
DROP INDEX tokens_hinted;
CREATE INDEX tokens_hinted ON tokens (organisation, hint, issued_at, id) WHERE hint <> '' AND kind NOT IN ('oat', 'ort');

-- It is audit_events_of_target under another name.
DROP INDEX audit_events_of;
-- Nothing asks by it: a secret is found by its digest.
DROP INDEX spent_refresh_tokens_of;
