//! Every limit of Jeton in one place: sizes, counts and durations that bound what a caller can make the program do.
//!
//! A limit that is enforced elsewhere is still named here; no other file may invent a number of its own.

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
pub const DERIVATION_DEPTH_MAX: usize = 4;
/// Longest life that can be asked for an opaque token.
pub const TOKEN_LIFE_MAX: Span = Span::from_days(3650);
/// Life of an opaque token when none is asked for.
pub const TOKEN_LIFE_DEFAULT: Span = Span::from_days(90);
/// Longest life of a JWT access token.
pub const JWT_LIFE_MAX: Span = Span::from_hours(24);
/// Life of a JWT access token when none is asked for.
pub const JWT_LIFE_DEFAULT: Span = Span::from_minutes(15);
/// Largest difference of clocks that a JWT's instants are forgiven.
pub const JWT_SKEW_MAX: Span = Span::from_seconds(10);
/// Longest overlap of a rotation.
pub const OVERLAP_MAX: Span = Span::from_days(30);

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
/// Longest idempotency key, in bytes.
pub const IDEMPOTENCY_KEY_MAX: usize = 128;
/// How long an idempotency key is remembered.
pub const IDEMPOTENCY_LIFE: Span = Span::from_hours(24);

/// Most parameters of an OAuth request.
pub const PARAMETERS_MAX: usize = 64;
/// Longest query or form body of an OAuth request, in bytes.
pub const PARAMETERS_BYTES_MAX: usize = 64 * 1024;

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
/// Look-ups that run at once.
pub const LOOKUPS_AT_ONCE: usize = 128;
/// How long one look-up may take.
pub const LOOKUP_DEADLINE: Span = Span::from_seconds(2);
/// How long a question may wait for the memory to become as new as it demands: what a change takes to reach every node.
pub const REVISION_WAIT: Span = Span::from_seconds(1);
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
/// Limits that one answer reports.
pub const LIMITS_REPORTED: usize = 8;
/// A token with less life than this is announced as about to expire.
pub const EXPIRY_NOTICE: Span = Span::from_days(7);
