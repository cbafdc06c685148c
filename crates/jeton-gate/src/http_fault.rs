//! What is wrong with a request as HTTP, or with the way to an upstream, and the one table from that to the answer. Refusals
//! of tokens are [`jeton_core::denial::Denial`]s and not here. Must never repeat what a caller sent, and never say more of an
//! upstream than that it failed.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

/// A fault of a message or of the way to an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HttpFault {
    /// A method that the gate does not pass on: `CONNECT`, `TRACE`, or one longer than the limit.
    Method,
    /// A request target that is neither a path nor an `http` or `https` URI.
    TargetForm,
    /// A request target over the limit.
    TargetTooLong,
    /// A query with a character that a URI cannot hold.
    Query,
    /// No host, several, or one that is not a host name or address with an optional port; or two that differ.
    Host,
    /// More header fields or bytes than the limit.
    Headers,
    /// A `Transfer-Encoding` that is not exactly one `chunked`, or more than one length.
    Framing,
    /// An `Expect` other than `100-continue`.
    Expectation,
    /// The client's body stood still for too long, or took too long as a whole.
    BodyTimeout,
    /// The client's body ended before its end or broke its framing.
    BodyBroken,
    /// The client's body is larger than its route allows.
    BodyTooLarge,
    /// The route that was matched has no upstream.
    NoUpstream,
    /// The token that the upstream is to get could not be issued.
    UpstreamToken,
    /// No connection to the upstream.
    UpstreamUnreachable,
    /// The upstream broke off, or answered what is not HTTP.
    UpstreamBroken,
    /// The upstream did not answer in time.
    UpstreamTimeout,
    /// A trusted proxy's `Jeton-Min-Revision` that is no place in the change log.
    MinRevision,
    /// A question to the check endpoint from an address that is no trusted proxy.
    UntrustedAsker,
    /// A question to the check endpoint without the original method.
    NoOriginalMethod,
    /// A question to the check endpoint without the original URI.
    NoOriginalUri,
    /// A question to the check endpoint whose headers contradict each other.
    Contradiction,
}

/// What is told to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong.
    pub detail: &'static str,
    /// What to do.
    pub fix: &'static str,
}

impl HttpFault {
    /// What the caller is told.
    pub const fn answer(self) -> FaultAnswer {
        const fn told(status: u16, code: &'static str, detail: &'static str, fix: &'static str) -> FaultAnswer {
            FaultAnswer { status, code, detail, fix }
        }
        match self {
            Self::Method => told(501, "method_not_supported", "the gate does not pass this method on", "use one of the methods of the API"),
            Self::TargetForm => {
                told(400, "bad_target", "the request target is neither a path nor an http URI", "send a path that begins with `/`")
            }
            Self::TargetTooLong => told(414, "target_too_long", "the request target is too long", "send long input in the body"),
            Self::Query => told(400, "bad_query", "the query has a character that a URI cannot hold", "percent-encode it"),
            Self::Host => told(
                400,
                "bad_host",
                "the request has no host, more than one, or one that is none",
                "send exactly one `Host`, a name or address with an optional port",
            ),
            Self::Headers => told(431, "headers_too_large", "the header section is too large", "send fewer and shorter header fields"),
            Self::Framing => told(
                400,
                "bad_framing",
                "the length of the body is not said in exactly one way",
                "send one `Content-Length` or `Transfer-Encoding: chunked`, not both",
            ),
            Self::Expectation => told(417, "bad_expectation", "the expectation cannot be met", "send `Expect: 100-continue` or none"),
            Self::BodyTimeout => told(408, "body_timeout", "the body did not come in time", "send it without long pauses"),
            Self::BodyBroken => told(400, "body_broken", "the body broke off or its framing is wrong", "send it whole"),
            Self::BodyTooLarge => told(413, "body_too_large", "the body is larger than this route allows", "send a smaller one"),
            Self::NoUpstream => told(404, "no_upstream", "the gate passes nothing on here", "ask the operator where this API is served"),
            Self::UpstreamToken => told(
                503,
                "upstream_token_unavailable",
                "the token for the API behind the gate cannot be issued just now",
                "try again shortly; if it lasts, tell the operator",
            ),
            Self::UpstreamUnreachable => told(
                502,
                "upstream_unreachable",
                "the API behind the gate cannot be reached",
                "try again shortly; if it lasts, tell the operator",
            ),
            Self::UpstreamBroken => told(
                502,
                "upstream_broken",
                "the API behind the gate broke off or did not answer in HTTP",
                "try again if the call may be repeated; if it lasts, tell the operator",
            ),
            Self::UpstreamTimeout => told(
                504,
                "upstream_timeout",
                "the API behind the gate did not answer in time",
                "try again if the call may be repeated; if it lasts, tell the operator",
            ),
            Self::MinRevision => told(
                400,
                "bad_min_revision",
                "`Jeton-Min-Revision` is not one whole number",
                "send what `Jeton-Revision` of an answer said, or have the proxy remove the field",
            ),
            Self::UntrustedAsker => told(
                403,
                "untrusted_proxy",
                "only a trusted proxy may ask here",
                "add the address of the proxy to `trusted_proxies` in the configuration",
            ),
            Self::NoOriginalMethod => told(
                400,
                "no_original_method",
                "the original method is missing",
                "have the proxy set `X-Original-Method` or `X-Forwarded-Method`",
            ),
            Self::NoOriginalUri => {
                told(400, "no_original_uri", "the original URI is missing", "have the proxy set `X-Original-URI` or `X-Forwarded-Uri`")
            }
            Self::Contradiction => told(
                400,
                "contradicting_headers",
                "the headers about the original request contradict each other",
                "have the proxy set its own and remove those that the client sent",
            ),
        }
    }
    /// The status alone.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.answer().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
    /// The whole answer, as problem details (RFC 9457).
    pub fn response(self) -> Response<Bytes> {
        let told = self.answer();
        let status = self.status();
        let title = status.canonical_reason().unwrap_or_default().to_ascii_lowercase();
        let problem = serde_json::json!({
            "type": format!("/problems/{}", told.code),
            "title": title,
            "status": told.status,
            "detail": told.detail,
            "code": told.code,
            "fix": told.fix,
        });
        let mut response = Response::new(Bytes::from(problem.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // What is left of the request cannot be trusted to begin where the next one does.
        if matches!(self, Self::Framing | Self::BodyTimeout | Self::BodyBroken | Self::BodyTooLarge | Self::Headers) {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl std::fmt::Display for HttpFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.answer().detail)
    }
}
impl std::error::Error for HttpFault {}
