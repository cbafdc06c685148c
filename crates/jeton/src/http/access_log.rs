//! The access log: a line for an answer, or for a share of them. Must never hold a secret: no query, no header field, and of a path only
//! what is no token.

use http::{Request, Response, Version};
use jeton_core::{
    id::{RequestId, TokenId},
    limits, redact,
};
use jeton_gate::entrance::Note;
use std::{net::IpAddr, time::Instant};

/// Which answers get a line.
#[derive(Clone, Copy, Debug)]
pub struct AccessLog {
    /// So many of 2^32.
    share: u64,
}

/// What is known when the request comes.
pub struct Line {
    method: String,
    host: String,
    path: String,
    version: Version,
    client: Option<IpAddr>,
    begun: Instant,
}

impl AccessLog {
    /// A line for this share of answers: 0 for none, 1 for all.
    pub fn for_share(share: f64) -> Self {
        let share = (share.clamp(0.0, 1.0) * 4_294_967_296.0) as u64;
        Self { share }
    }
    /// Whether any answer gets a line.
    pub fn is_on(self) -> bool {
        self.share > 0
    }
    /// Begins the line of a request, if it gets one. `client` is asked for its address then.
    pub fn begin<B>(self, request: &Request<B>, client: impl FnOnce() -> Option<IpAddr>) -> Option<Line> {
        if !self.is_on() || u64::from(rand::random::<u32>()) >= self.share {
            return None;
        }
        let host = request.uri().authority().map(|authority| authority.as_str().as_bytes());
        let host = host.or_else(|| request.headers().get(http::header::HOST).map(http::HeaderValue::as_bytes)).unwrap_or_default();
        Some(Line {
            method: redact::client_text(request.method().as_str(), limits::METHOD_MAX).into_owned(),
            host: redact::client_text(&String::from_utf8_lossy(host), limits::HOST_MAX).into_owned(),
            path: redact::client_text(request.uri().path(), limits::LOGGED_PATH_MAX).into_owned(),
            version: request.version(),
            client: client(),
            begun: Instant::now(),
        })
    }
}

impl Line {
    /// Writes it, with what the answer tells.
    pub fn end<B>(self, response: &Response<B>, request: RequestId) {
        let note = response.extensions().get::<Note>();
        let token = note.and_then(|note| note.token);
        tracing::info!(
            target: "jeton::access",
            %request,
            client = self.client.map(tracing::field::display),
            method = self.method,
            host = self.host,
            path = self.path,
            version = ?self.version,
            status = response.status().as_u16(),
            micros = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            route = note.map(|note| note.route.label()),
            token = token.as_ref().map(TokenId::digits),
            "answered"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_what_it_says() {
        let request = Request::get("http://a/b").body(()).expect("a request");
        let lines = |share| (0..10_000).filter(|_| AccessLog::for_share(share).begin(&request, || None).is_some()).count();
        assert_eq!((lines(0.0), lines(1.0)), (0, 10_000));
        assert!((500..1500).contains(&lines(0.1)));
    }

    #[test]
    fn a_line_keeps_no_secret() {
        let token = "jtn_pat_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let request = Request::get(format!("http://a/b/{token}?access_token={token}")).body(()).expect("a request");
        let line = AccessLog::for_share(1.0).begin(&request, || None).expect("a line");
        assert!(!line.path.contains(&token[20..]) && !line.path.contains('?'), "{}", line.path);
    }
}
