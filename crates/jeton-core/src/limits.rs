//! Every limit of Jeton in one place: sizes, counts and durations that bound what a caller can make the program do.
//!
//! A limit that is enforced elsewhere is still named here; no other file may invent a number of its own.

mod people;

pub use people::*;

use crate::timestamp::Span;

/// Longest text that is looked at as an opaque token, brand included, in bytes.
pub const TOKEN_TEXT_MAX: usize = 96;
/// Longest brand in front of the fixed marker, in bytes.
pub const BRAND_MAX: usize = 16;
/// Longest `Authorization` header value that is looked at, in bytes.
pub const AUTHORIZATION_MAX: usize = 16 * 1024 + 8;

/// Longest JWT that is looked at, in bytes.
pub const JWT_MAX: usize = 16 * 1024;
/// Longest decoded JOSE header, in bytes.
pub const JWT_HEADER_MAX: usize = 4 * 1024;
/// Deepest nesting of objects and arrays in a JWT's header or claims.
pub const JWT_DEPTH_MAX: usize = 8;
/// Most keys read from one JWK set.
pub const JWKS_KEYS_MAX: usize = 64;
/// Longest JWK set that is read, in bytes.
pub const JWKS_MAX: usize = 256 * 1024;
/// Longest `kid`, in bytes.
pub const KID_MAX: usize = 256;

/// Longest scope, in bytes.
pub const SCOPE_MAX: usize = 128;
/// Most scopes on one token, API or demand.
pub const SCOPES_MAX: usize = 100;
/// Longest audience, in bytes.
pub const AUDIENCE_MAX: usize = 256;
/// Most audiences on one token.
pub const AUDIENCES_MAX: usize = 16;
/// Longest subject, in bytes.
pub const SUBJECT_MAX: usize = 255;
/// Longest `client_id`, in bytes: it may be the address of a metadata document.
pub const CLIENT_ID_MAX: usize = 2048;
/// Longest human name of anything, in characters.
pub const NAME_MAX: usize = 100;
/// Longest description or comment, in characters.
pub const COMMENT_MAX: usize = 500;
/// Most networks on one token, allowed and excepted together.
pub const NETWORKS_MAX: usize = 64;
/// Most routes on one token.
pub const ROUTES_MAX: usize = 64;
/// Longest route pattern, in bytes.
pub const ROUTE_MAX: usize = 512;
/// Most rates and most quotas on one token.
pub const RATES_MAX: usize = 4;
/// Most limits that an API, or one of its routes, lays down.
pub const API_LIMITS_MAX: usize = 8;
/// Largest number of requests that a rate or quota may allow.
pub const ALLOWANCE_MAX: u64 = 1_000_000_000_000;
/// Largest cost of one request.
pub const COST_MAX: u32 = 1_000_000;
/// Most members of a token's metadata.
pub const METADATA_ENTRIES_MAX: usize = 32;
/// Longest metadata key, in bytes.
pub const METADATA_KEY_MAX: usize = 64;
/// Longest metadata value, in bytes.
pub const METADATA_VALUE_MAX: usize = 512;

/// Deepest chain of derived tokens, the first one counted.
pub const DERIVATION_DEPTH_MAX: usize = 6;
/// Longest life that can be asked for an opaque token.
pub const TOKEN_LIFE_MAX: Span = Span::from_days(3650);
/// Life of an opaque token when none is asked for.
pub const TOKEN_LIFE_DEFAULT: Span = Span::from_days(90);
/// Shortest life that an API can give to access tokens.
pub const ACCESS_TOKEN_LIFE_MIN: Span = Span::from_seconds(30);
/// Longest life of a JWT access token.
pub const JWT_LIFE_MAX: Span = Span::from_hours(24);
/// Life of a JWT access token when none is asked for.
pub const JWT_LIFE_DEFAULT: Span = Span::from_minutes(15);
/// Largest difference of clocks that a JWT's instants are forgiven.
pub const JWT_SKEW_MAX: Span = Span::from_seconds(10);
/// Longest `jti` of a JWT that a client brings, in bytes.
pub const JTI_MAX: usize = 256;
/// Longest `sub` of a trusted issuer's assertion, in bytes.
pub const FOREIGN_SUBJECT_MAX: usize = 255;
/// How far ahead a client assertion may expire.
pub const CLIENT_ASSERTION_LIFE_MAX: Span = Span::from_minutes(5);
/// How far ahead that of a client may expire which an operator lets use an old library: theirs live for an hour.
pub const LEGACY_CLIENT_ASSERTION_LIFE_MAX: Span = Span::from_minutes(60);
/// How far ahead a request object may expire.
pub const REQUEST_OBJECT_LIFE_MAX: Span = Span::from_minutes(60);
/// How old a DPoP proof may be.
pub const DPOP_AGE_MAX: Span = Span::from_minutes(1);
/// Longest overlap of a rotation.
pub const OVERLAP_MAX: Span = Span::from_days(30);
/// Longest overlap of a rotation that ends when the old secret is silent.
pub const SILENT_OVERLAP_MAX: Span = Span::from_days(90);
/// How long the old secret must be silent when nothing else is asked for.
pub const SILENCE_DEFAULT: Span = Span::from_hours(24);
/// Shortest silence that ends an overlap: longer than use takes to be written down, wherever it happens.
pub const SILENCE_MIN: Span = Span::from_hours(1);
/// Longest silence that ends an overlap.
pub const SILENCE_MAX: Span = Span::from_days(30);

/// Longest request path that is decided on, in bytes.
pub const PATH_MAX: usize = 4096;
/// Most segments of a request path.
pub const PATH_SEGMENTS_MAX: usize = 128;
/// Longest request target (path and query), in bytes.
pub const TARGET_MAX: usize = 8192;
/// Most header fields of a request.
pub const HEADERS_MAX: usize = 100;
/// Largest header section of a request, in bytes.
pub const HEADER_BYTES_MAX: usize = 32 * 1024;
/// Longest request method, in bytes.
pub const METHOD_MAX: usize = 32;
/// Longest host name with its port, in bytes.
pub const HOST_MAX: usize = 255 + 6;
/// Most hops of `X-Forwarded-For` or `Forwarded` that are walked.
pub const FORWARDED_HOPS_MAX: usize = 32;
/// Most trusted proxies that can be configured.
pub const TRUSTED_PROXIES_MAX: usize = 1000;
/// Largest message that Envoy asks with over gRPC, in bytes: a header section and what stands around it.
pub const EXT_AUTHZ_MESSAGE_MAX: usize = 256 * 1024;
/// Most routes of one gate.
pub const GATE_ROUTES_MAX: usize = 1000;

/// Time from the first byte (or the end of the answer before) to the end of a request's header section.
pub const HEADER_READ_TIME: Span = Span::from_seconds(20);
/// How long an answer may wait for a client that does not read.
pub const WRITE_STALL_TIME: Span = Span::from_seconds(60);
/// Most requests at a time on one HTTP/2 connection.
pub const HTTP2_STREAMS_MAX: u32 = 128;
/// Streams that a client may open and reset before its HTTP/2 connection is closed.
pub const HTTP2_RESETS_MAX: usize = 64;
/// Bytes that a client may send on one HTTP/2 stream before somebody has read them.
pub const HTTP2_STREAM_WINDOW: u32 = 1024 * 1024;
/// The same for all streams of a connection together: what one connection can make the program hold.
pub const HTTP2_CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Largest frame of HTTP/2.
pub const HTTP2_FRAME_MAX: u32 = 16 * 1024;
/// Bytes of an answer that wait on one HTTP/2 stream for a client to read on.
pub const HTTP2_SEND_BUFFER: usize = 256 * 1024;
/// How often an HTTP/2 connection is asked whether its client is there.
pub const HTTP2_PING_TIME: Span = Span::from_seconds(20);
/// How long requests that are under way may take once the program was told to stop.
pub const DRAIN_TIME: Span = Span::from_seconds(20);

/// Time to connect to an upstream, unless its route says otherwise.
pub const UPSTREAM_CONNECT_TIME: Span = Span::from_seconds(5);
/// Time to the first byte of an upstream's answer, counted from the end of the request's body.
pub const UPSTREAM_ANSWER_TIME: Span = Span::from_seconds(60);
/// Longest silence inside an upstream's answer, unless its route says otherwise.
pub const ANSWER_IDLE_TIME: Span = Span::from_minutes(5);
/// Longest silence inside a request's body, unless its route says otherwise.
pub const BODY_IDLE_TIME: Span = Span::from_seconds(30);
/// Time for a whole request body, unless its route says otherwise.
pub const REQUEST_BODY_TIME: Span = Span::from_hours(1);
/// Longest silence on an upgraded connection, both ways together.
pub const TUNNEL_IDLE_TIME: Span = Span::from_minutes(5);
/// Longest life of an upgraded connection, unless its route says otherwise.
pub const TUNNEL_TIME: Span = Span::from_hours(12);
/// How often the token behind an upgraded connection is looked at again.
pub const TUNNEL_RECHECK_TIME: Span = Span::from_seconds(1);
/// Idle connections kept to one upstream.
pub const UPSTREAM_IDLE_MAX: usize = 256;
/// How long an idle connection to an upstream is kept.
pub const UPSTREAM_IDLE_TIME: Span = Span::from_seconds(55);
/// Most addresses of one upstream.
pub const UPSTREAM_ADDRESSES_MAX: usize = 64;
/// Failures in a row after which an address of an upstream is passed over.
pub const UPSTREAM_FAILURES_MAX: u32 = 3;
/// For how long.
pub const UPSTREAM_REST_TIME: Span = Span::from_seconds(10);
/// How often an address of an upstream is asked whether it is well, unless its route says otherwise.
pub const PROBE_EVERY: Span = Span::from_seconds(5);
/// How long its answer may take, unless its route says otherwise.
pub const PROBE_TIME: Span = Span::from_seconds(2);
/// How often a call may be tried again at another address.
pub const UPSTREAM_RETRIES_MAX: u32 = 5;
/// Life of the token that an upstream gets, unless its route says otherwise.
pub const UPSTREAM_TOKEN_LIFE: Span = Span::from_seconds(60);
/// The longest that a route may say.
pub const UPSTREAM_TOKEN_LIFE_MAX: Span = Span::from_minutes(10);
/// The shortest.
pub const UPSTREAM_TOKEN_LIFE_MIN: Span = Span::from_seconds(10);
/// Tokens for upstreams that are kept for the next call.
pub const UPSTREAM_TOKENS_HELD: usize = 20_000;
/// Further certificates of the listener.
pub const CERTIFICATES_MAX: usize = 100;
/// Domains of one certificate by ACME.
pub const ACME_DOMAINS_MAX: usize = 100;
/// Another certificate is obtained by ACME when one of so many parts of the life of the present one is left.
pub const ACME_RENEWED_IN_THE_LAST: i64 = 3;
/// TLS sessions that can be resumed.
pub const TLS_SESSIONS: usize = 1024;
/// Longest path in a line of the access log, in bytes.
pub const LOGGED_PATH_MAX: usize = 512;
/// How long a connection without a request under way is kept, once the program was told to stop: a request may be on its way there.
pub const IDLE_GRACE: Span = Span::from_millis(500);
/// Longest time that a route may be configured with.
pub const ROUTE_TIME_MAX: Span = Span::from_hours(24);

/// Largest body of a management request, in bytes.
pub const BODY_MAX: usize = 64 * 1024;
/// Largest body of a batch request, in bytes.
pub const BATCH_BODY_MAX: usize = 2 * 1024 * 1024;
/// Most questions in one batch.
pub const BATCH_MAX: usize = 100;
/// Deepest nesting of a JSON body.
pub const JSON_DEPTH_MAX: usize = 16;
/// Entries on a page of a list when none are asked for.
pub const PAGE_DEFAULT: usize = 50;
/// Most entries on a page of a list.
pub const PAGE_MAX: usize = 500;
/// Tokens that are counted at once where all of an organisation are.
pub const SURVEY_PART: i64 = 20_000;
/// Tokens whose use is compared with what they may do, where those that do little of it are looked for: those used last.
pub const COMPARED_TOKENS_MAX: usize = 2000;
/// Tokens that a finding names at most.
pub const FINDING_TOKENS_MAX: usize = 500;
/// Organisations whose counts are kept.
pub const OVERVIEWS_MAX: usize = 256;
/// Rows that one page of a list looks through where no index leads to what is wanted: what comes after is for the next page.
pub const LIST_SCAN_MAX: i64 = 2_500;
/// Rows that are looked at to count what fits a filter.
pub const SUMS_SCAN_MAX: i64 = 200_000;
/// Rows that are looked at to say what would be revoked, before all are counted.
pub const PREVIEW_SCAN_MAX: i64 = 2_500;
/// Rows that a page looks at which only mentions how many tokens there are of something.
pub const MENTIONED_SCAN_MAX: i64 = 2000;
/// Tokens of people that are looked at one by one when a policy is tried.
pub const PREVIEW_TOKENS_MAX: usize = 2000;
/// Tokens that one transaction revokes where many are revoked at once.
pub const REVOKED_AT_ONCE: usize = 200;
/// Runs of one organisation that revoke many tokens at the same time.
pub const REVOCATION_RUNS_MAX: i64 = 20;
/// Runs that one process works on at the same time: the others wait for one that is through.
pub const REVOCATION_RUNS_AT_ONCE: usize = 4;
/// The newest runs that are shown, and as many cuts.
pub const REVOCATION_RUNS_SHOWN: usize = 25;
/// How long whoever works on a run is taken to be there without a sign.
pub const REVOCATION_RUN_HOLD: Span = Span::from_seconds(10);
/// How long it is remembered how a run ended.
pub const REVOCATION_RUN_LIFE: Span = Span::from_days(30);
/// How long whoever reads the audit chain is taken to be there without a sign.
pub const AUDIT_CHECK_HOLD: Span = Span::from_seconds(10);
/// How long it is remembered what a check of the audit chain found.
pub const AUDIT_CHECK_LIFE: Span = Span::from_days(400);
/// The newest checks of the audit chain that are shown.
pub const AUDIT_CHECKS_SHOWN: usize = 10;
/// How long a page waits for a check of the audit chain, so that one of a short chain is through when it comes.
pub const AUDIT_CHECK_PATIENCE: Span = Span::from_millis(2_000);
/// How long a page waits for a run, so that a short one is through when it comes.
pub const REVOCATION_RUN_PATIENCE: Span = Span::from_millis(2_000);
/// How long the use of a secret that was replaced is worth a notice.
pub const OLD_SECRET_NOTICE: Span = Span::from_days(30);
/// How long the rules of an organisation are kept after they were read: what a change of them takes to reach every node.
pub const RULES_LIFE: Span = Span::from_seconds(1);
/// Longest idempotency key, in bytes.
pub const IDEMPOTENCY_KEY_MAX: usize = 128;
/// How long an idempotency key is remembered.
pub const IDEMPOTENCY_LIFE: Span = Span::from_hours(24);

/// Most parameters of an OAuth request, and of the query of a page.
pub const PARAMETERS_MAX: usize = 64;
/// Longest query or form body of an OAuth request, in bytes.
pub const PARAMETERS_BYTES_MAX: usize = 64 * 1024;
/// Longest `state` of an authorization request, in bytes: it goes back in an address.
pub const STATE_MAX: usize = 4096;
/// Longest `nonce` of an authorization request, in bytes: it goes into ID tokens.
pub const NONCE_MAX: usize = 1024;
/// Longest `login_hint` of an authorization request, in bytes.
pub const LOGIN_HINT_MAX: usize = 255;
/// Longest `claims` parameter of an authorization request, in bytes.
pub const CLAIMS_PARAMETER_MAX: usize = 4096;
/// Deepest nesting in a `claims` parameter.
pub const CLAIMS_PARAMETER_DEPTH_MAX: usize = 6;
/// Longest authentication context class that a route can demand.
pub const ACR_MAX: usize = 255;
/// Longest `max_age` that a route can demand, in seconds: a year.
pub const SIGN_IN_AGE_MAX: u32 = 365 * 86_400;
/// Most values of `acr_values`.
pub const ACR_VALUES_MAX: usize = 16;
/// How long a pushed request can be gone on with once it was opened in a browser: the time to sign in and to agree.
pub const PUSHED_REQUEST_OPEN: Span = Span::from_minutes(10);
/// How long somebody who has to sign in for one request may take to do so.
pub const PROMPT_LIFE: Span = Span::from_hours(1);
/// How long after it signing in again for one request counts for that request.
pub const REAUTHENTICATION_LIFE: Span = Span::from_minutes(5);
/// How long discovery documents may be kept.
pub const METADATA_CACHE: Span = Span::from_minutes(5);
/// Origins of browser apps that are remembered for CORS.
pub const ORIGINS_MAX: usize = 100_000;
/// How old the memory of known origins may be before it is compared with the change log.
pub const ORIGINS_LIFE: Span = Span::from_seconds(1);
/// How long a browser may keep what it was told of another origin's requests.
pub const PREFLIGHT_CACHE: Span = Span::from_minutes(10);

/// Tokens whose unchanging particulars introspection remembers at once.
pub const PARTICULARS_REMEMBERED: usize = 100_000;
/// Names of people that introspection remembers.
pub const USERNAMES_REMEMBERED: usize = 10_000;
/// How long it tells a name without looking it up again.
pub const USERNAME_LIFE: Span = Span::from_minutes(1);
/// Longest chain of those who act for a subject (RFC 8693).
pub const ACTORS_MAX: usize = 4;

/// Longest text that is looked at as a user code, in bytes.
pub const USER_CODE_TYPED_MAX: usize = 64;
/// Seconds that a device waits from one question to the next, unless it was told to slow down.
pub const DEVICE_INTERVAL_SECONDS: u32 = 5;
/// By how many seconds a device that asks too soon is slowed down, each time.
pub const DEVICE_SLOWER_SECONDS: u32 = 5;
/// Longest that a device is made to wait from one question to the next, in seconds.
pub const DEVICE_INTERVAL_SECONDS_MAX: u32 = 300;
/// Pushed requests of one client that wait at once.
pub const PUSHED_REQUESTS_PER_CLIENT: usize = 4096;
/// Longest pushed request that is kept, in bytes.
pub const PUSHED_REQUEST_MAX: usize = 16 * 1024;
/// Device codes of one client that wait for an answer at once.
pub const DEVICE_CODES_PER_CLIENT: usize = 1000;
/// Device codes that wait for an answer at once: what guessing can hit.
pub const DEVICE_CODES_MAX: usize = 10_000;
/// Mistyped user codes of one person or address in [`USER_CODE_WINDOW`].
pub const USER_CODE_GUESSES: u32 = 10;
/// Mistyped user codes of everybody together in [`USER_CODE_WINDOW`].
pub const USER_CODE_GUESSES_IN_ALL: u32 = 300;
/// The time that mistyped user codes are counted in.
pub const USER_CODE_WINDOW: Span = Span::from_minutes(10);
/// People and addresses whose mistyped user codes are remembered at once.
pub const USER_CODE_GUESSERS_MAX: usize = 10_000;

/// How long a device code is kept after its end, so that a late device learns that it was late.
pub const SPENT_CODE_LIFE: Span = Span::from_hours(1);

/// Logout tokens that wait to be delivered at once; what comes beyond is not delivered, and the audit chain says so.
pub const LOGOUTS_WAITING_MAX: usize = 100_000;
/// How long a logout token is tried to be delivered.
pub const LOGOUT_LIFE: Span = Span::from_hours(6);
/// How long a delivered logout token, or one that was given up, is kept for whoever asks.
pub const LOGOUT_KEPT: Span = Span::from_days(7);
/// Life of a logout token (OpenID Connect Back-Channel Logout, section 2.4).
pub const LOGOUT_TOKEN_LIFE: Span = Span::from_minutes(2);

/// How long a status list may be kept by those who fetch it.
pub const STATUS_LIST_TTL: Span = Span::from_seconds(30);
/// Life of a status list token: it is good a little longer than it may be kept, for clocks that differ.
pub const STATUS_LIST_LIFE: Span = Span::from_minutes(5);

/// Rows of tokens that are looked at for their marks each time that a status list is made.
pub const STATUS_ROWS_CHECKED: usize = 500;

/// Failures of client authentication that are answered in one minute, for each client and address.
pub const CLIENT_FAILURES_PER_MINUTE: u64 = 60;
/// Clients and addresses whose failures are counted at once.
pub const CLIENT_FAILURE_PLACES: usize = 65_536;
/// Status lists that are kept ready.
pub const STATUS_LISTS_KEPT: usize = 32;

/// Longest time in which a repeated refresh gets the same answer again, whatever is configured.
pub const REFRESH_GRACE_MAX: Span = Span::from_minutes(5);
/// How long an authorization code is kept after its end, so that a late second use is known for what it is.
pub const USED_CODE_LIFE: Span = Span::from_hours(24);
/// How long an access token of OAuth is kept after its end.
pub const DEAD_ACCESS_TOKEN_LIFE: Span = Span::from_hours(24);

/// Longest metadata of a client, in bytes.
pub const CLIENT_METADATA_MAX: usize = 32 * 1024;
/// Longest address in a client's metadata, in bytes.
pub const CLIENT_URI_MAX: usize = 1024;
/// Most addresses of one kind in a client's metadata.
pub const CLIENT_URIS_MAX: usize = 32;
/// Most contacts of a client.
pub const CLIENT_CONTACTS_MAX: usize = 10;
/// Longest other text in a client's metadata, in bytes.
pub const CLIENT_TEXT_MAX: usize = 255;
/// Most apps that one person may register.
pub const APPS_PER_PERSON_MAX: usize = 50;
/// Largest picture that is taken for an app, in bytes.
pub const LOGO_UPLOAD_MAX: usize = 512 * 1024;
/// Widest and highest picture that is taken for an app, in pixels.
pub const LOGO_SIDE_MAX: u32 = 2048;
/// Most memory that reading a picture may take, in bytes.
pub const LOGO_MEMORY_MAX: u64 = 48 * 1024 * 1024;
/// Width and height of the picture that is kept of an app, in pixels.
pub const LOGO_SIDE: u32 = 128;
/// Largest picture that is kept of an app, in bytes.
pub const LOGO_MAX: usize = 80 * 1024;
/// Pictures that are read at once.
pub const LOGOS_AT_ONCE: usize = 2;
/// Most clients of an organisation that came without an operator.
pub const UNINVITED_CLIENTS_MAX: u64 = 10_000;
/// How long a client that came without an operator is kept that nobody uses.
pub const UNUSED_CLIENT_LIFE: Span = Span::from_days(30);
/// Registrations that one group of addresses may make in an hour.
pub const REGISTRATIONS_PER_HOUR: u32 = 60;
/// Groups of addresses whose registrations are counted.
pub const REGISTRATION_GROUPS: usize = 1024;
/// Clients that are held in memory.
pub const CLIENTS_REMEMBERED: usize = 10_000;
/// Life of a client secret that was replaced, unless something else is asked for.
pub const SECRET_OVERLAP_DEFAULT: Span = Span::from_hours(24);

/// Longest metadata document of a client, in bytes.
pub const METADATA_DOCUMENT_MAX: usize = 5 * 1024;
/// Longest key set that is fetched, in bytes.
pub const FETCHED_KEYS_MAX: usize = 64 * 1024;
/// Longest answer to a message that is sent, in bytes.
pub const POSTED_ANSWER_MAX: usize = 4 * 1024;
/// Time for a fetch, from resolving the name to the last byte.
pub const FETCH_TIME: Span = Span::from_seconds(5);
/// Fetches that run at once.
pub const FETCHES_AT_ONCE: usize = 16;
/// Fetches that run at once at one server.
pub const FETCHES_AT_ONCE_OF_SERVER: usize = 4;
/// Shortest time that what was fetched is held.
pub const FETCHED_LIFE_MIN: Span = Span::from_minutes(1);
/// Time that what was fetched is held when its server says nothing.
pub const FETCHED_LIFE_DEFAULT: Span = Span::from_minutes(15);
/// Longest time that what was fetched is held.
pub const FETCHED_LIFE_MAX: Span = Span::from_hours(24);
/// Documents that are held.
pub const FETCHED_REMEMBERED: usize = 1024;
/// How long a host that failed is left alone.
pub const FETCH_BACK_OFF: Span = Span::from_seconds(10);
/// How often the keys of one client are fetched again for a key that is not known.
pub const KEYS_AGAIN_TIME: Span = Span::from_seconds(30);

/// Longest configuration file, in bytes.
pub const CONFIG_MAX: usize = 1024 * 1024;

/// Longest user agent that is kept, in bytes.
pub const USER_AGENT_MAX: usize = 200;
/// Longest path, method, audience or list of scopes of a refusal that is kept or shown, in bytes.
pub const KEPT_TEXT_MAX: usize = 1024;
/// Refusals kept per token for explanations.
pub const REFUSALS_PER_TOKEN: usize = 50;
/// Networks that are remembered as seen per token.
pub const SIGHTINGS_PER_TOKEN: usize = 1000;
/// Refusals kept in all for explanations.
pub const REFUSALS_MAX: usize = 100_000;

/// How long a revoked or expired token is kept before the sweeper removes it.
pub const DEAD_TOKEN_LIFE: Span = Span::from_days(90);
/// How long a refusal is kept for explanations.
pub const REFUSAL_LIFE: Span = Span::from_days(30);
/// How long use is kept.
pub const USAGE_LIFE: Span = Span::from_days(400);
/// How long a part of a batch of use is remembered as written.
pub const USAGE_PART_LIFE: Span = Span::from_hours(48);
/// How long a change stays in the change log. Longer than a dead token is kept.
pub const CHANGE_LIFE: Span = Span::from_days(400);
/// How long an entry stays in the journal of what must never be undone: as long as a backup may be old and still be restored
/// without suspending every token.
pub const JOURNAL_LIFE: Span = Span::from_days(400);
/// Bytes of the journal from which on what is over is left out of it, each time that it has doubled.
pub const JOURNAL_THINNED_FROM: u64 = 4 * 1024 * 1024;
/// How old what is left out must be: what became of its commit is known for long.
pub const JOURNAL_SETTLED: Span = Span::from_hours(1);
/// Rows that are removed, marked anew or read for a backup in one step.
pub const STEP_ROWS: usize = 500;
/// Longest line of a backup, in bytes.
pub const BACKUP_LINE_MAX: usize = 1024 * 1024;

/// Tokens that a verifier's memory holds when nothing else is configured.
pub const MEMORY_TOKENS_DEFAULT: usize = 1_000_000;
/// Tokens that one segment of the memory holds when the memory is full: what a write copies.
pub const MEMORY_SEGMENT_TOKENS: usize = 256;
/// Changes that a segment of the memory remembers by name; older ones hold for the whole segment.
pub const MEMORY_SEGMENT_CHANGES: usize = 4;
/// Ids of unknown tokens that are remembered at once.
pub const UNKNOWN_REMEMBERED: usize = 16_384;
/// How long an unknown id is remembered.
pub const UNKNOWN_LIFE: Span = Span::from_seconds(5);
/// Verified JWTs that are remembered at once.
pub const SEEN_JWTS: usize = 131_072;
/// How old the memory of a verifier may be before it asks for each request.
pub const STALENESS_DEFAULT: Span = Span::from_seconds(2);
/// Shortest such time that can be asked for, in milliseconds.
pub const STALENESS_MIN_MS: u32 = 100;
/// Longest such time that can be asked for, in milliseconds.
pub const STALENESS_MAX_MS: u32 = 60_000;
/// How much longer an API may let itself be decided on from a memory that is too old, where nobody can be asked.
pub const SERVE_STALE_MAX: Span = Span::from_hours(1);
/// Longest time that an authority lets a gate wait for a change.
pub const FOLLOW_WAIT_MAX: Span = Span::from_seconds(5);
/// How often a gate hears of its authority at least, where its APIs do not ask for more.
pub const FOLLOW_EVERY: Span = Span::from_millis(400);
/// How long an answer of the authority may be under way.
pub const FOLLOW_PATIENCE: Span = Span::from_millis(1500);
/// Largest answer of an authority to a gate, in bytes: a thousand changes, each with its token.
pub const FOLLOW_ANSWER_MAX: usize = 64 * 1024 * 1024;
/// Longest line of a snapshot, in bytes.
pub const SNAPSHOT_LINE_MAX: usize = 1024 * 1024;
/// Tokens of a snapshot that a gate makes room for: more are taken, and told apart less well.
pub const SNAPSHOT_TOKENS_MAX: usize = 50_000_000;
/// Snapshots that an authority tells at once.
pub const SNAPSHOTS_AT_ONCE: usize = 4;
/// Tokens of recent changes that an authority remembers for its gates.
pub const CHANGED_REMEMBERED: usize = 16_384;
/// Places in the change log behind which an authority reads once for all gates that ask at the same moment.
pub const PLACES_READ_TOGETHER: usize = 64;
/// Questions of a gate to its authority that are under way at once.
pub const ASKING_AT_ONCE: usize = 4;
/// Rows of use that a gate keeps while its authority does not take them; the oldest go first.
pub const USE_WAITING_MAX: usize = 500_000;
/// Largest report of use, in bytes.
pub const USE_REPORT_MAX: usize = 8 * 1024 * 1024;
/// How long a gate keeps a row of use: shorter than its authority remembers what it took.
pub const USE_WAITING_LIFE: Span = Span::from_hours(24);
/// Longest network or address as a text, in bytes.
pub const NETWORK_TEXT_MAX: usize = 64;
/// Look-ups that run at once.
pub const LOOKUPS_AT_ONCE: usize = 128;
/// How long one look-up may take.
pub const LOOKUP_DEADLINE: Span = Span::from_seconds(2);
/// How long a question may wait for the memory to become as new as it demands: what a change takes to reach every node.
pub const REVISION_WAIT: Span = Span::from_seconds(1);
/// Cuts of one installation.
pub const CUTS_MAX: i64 = 50_000;
/// Tokens that are counted at most, to say how many a cut would end.
pub const CUT_COUNTED_MAX: i64 = 100_000;
/// Cuts that a memory remembers by name, so that what was read before one of them is not believed.
pub const MEMORY_CUTS: usize = 64;
/// Verifiers that one process of the authority remembers.
pub const VERIFIERS_MAX: usize = 1024;
/// Nodes of the authority that tell each other of verifiers.
pub const NODES_MAX: i64 = 256;
/// Files of nodes that one that starts looks at.
pub const LIFELINES_MAX: usize = 256;
/// Names of verifiers that are told apart in metrics.
pub const VERIFIER_LABELS_MAX: usize = 64;
/// Longest name that a verifier gives its process, in bytes.
pub const VERIFIER_INSTANCE_MAX: usize = 64;
/// Places of the change log whose time is remembered, to tell how far verifiers are behind.
pub const VERIFIER_HEADS_MAX: usize = 4096;
/// How long a verifier must have been silent beyond the time that it trusts its memory, before it counts as not trusting it.
pub const VERIFIER_SILENCE_MARGIN: Span = Span::from_seconds(1);
/// How long an answer waits for the verifiers where no time is said.
pub const REVOCATION_WAIT_DEFAULT: Span = Span::from_seconds(5);
/// How long an answer waits for the verifiers at most.
pub const REVOCATION_WAIT_MAX: Span = Span::from_seconds(30);
/// How often a look-up that a change overtook is made again.
pub const LOOKUP_TRIES: usize = 4;
/// Look-ups per second that may find nothing, for each group of client addresses.
pub const MISSES_PER_SECOND: u32 = 100;
/// Look-ups that may find nothing at once, for each group of client addresses.
pub const MISSES_BURST: u32 = 1000;
/// Groups that client addresses are divided into, so that one flood does not starve all.
pub const MISS_GROUPS: usize = 1024;
/// Bits of the filter of existing ids per token.
pub const FILTER_BITS_PER_TOKEN: usize = 16;
/// Tokens whose spending is remembered at once.
pub const SPENDERS_MAX: usize = 1_000_000;
/// For how long leased units of a rate may be spent after they were counted. A rate that is shared by verifiers lets pass at most what it
/// allows in a stretch that is longer by this.
pub const LEASE_LIFE: Span = Span::from_seconds(1);
/// Units of a quota that nobody spends for so long are given back.
pub const LEASE_IDLE: Span = Span::from_seconds(1);
/// How much is leased ahead: what was spent in so long.
pub const LEASE_AHEAD: Span = Span::from_millis(250);
/// At most one part in so many of what is left is leased ahead, so that verifiers find something to the end.
pub const LEASE_PART: u64 = 8;
/// Limits that one question asks for units of.
pub const LEASES_ASKED_MAX: usize = 512;
/// Longest question of a gate for units of limits, and longest answer, in bytes.
pub const LEASES_BODY_MAX: usize = 256 * 1024;
/// Rates that are handed to the ledger when a node is alone no more; of others it begins anew.
pub const RATES_HANDED_OVER: usize = 50_000;
/// Limits that the ledger had no room in are not asked for again for so long at most.
pub const LEASE_REFUSED: Span = Span::from_millis(250);
/// How long a call may wait for units of its limits.
pub const LEASE_WAIT: Span = Span::from_seconds(2);
/// Limits that one answer reports.
pub const LIMITS_REPORTED: usize = 12;
/// A token with less life than this is announced as about to expire.
pub const EXPIRY_NOTICE: Span = Span::from_days(7);

/// DPoP proofs that are remembered so that none passes twice; where there is no room for another, it is refused.
pub const DPOP_REPLAYS_MAX: usize = 1_048_576;
/// How long a step of DPoP nonces is, in seconds. A nonce is good for its own step and the next.
pub const DPOP_NONCE_STEP_SECONDS: i64 = 60;
/// Longest value of a header in which a proxy hands on a client's certificate, in bytes.
pub const CERTIFICATE_HEADER_MAX: usize = 16 * 1024;
/// Longest certificate whose names are read, in bytes.
pub const CERTIFICATE_MAX: usize = 16 * 1024;
/// Most names, and most parts of a name, that a client's certificate may hold.
pub const CERTIFICATE_NAMES_MAX: usize = 64;
/// Longest distinguished name as a text, in bytes.
pub const DISTINGUISHED_NAME_MAX: usize = 1024;
/// Most certificates in the file of authorities for certificates of clients.
pub const CLIENT_AUTHORITIES_MAX: usize = 256;
/// Most certificates that a client may send in a handshake.
pub const CLIENT_CHAIN_MAX: usize = 10;
