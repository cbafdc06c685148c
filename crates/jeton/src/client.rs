//! Speaks to an authority over HTTP: the management API as the command line needs it.
//!
//! Sends the token only over TLS or to loopback, follows no redirect, and never puts a secret into a URL or an error.

use reqwest::{Method, header};
use serde_json::Value;
use std::time::Duration;
use url::{Host, Url};
use zeroize::Zeroizing;

/// Largest answer that is read.
const ANSWER_MAX: usize = 32 * 1024 * 1024;
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
const ANSWER_DEADLINE: Duration = Duration::from_secs(60);

/// An authority and the token to speak to it with.
pub struct Authority {
    http: reqwest::Client,
    base: Url,
    token: Option<Zeroizing<String>>,
}

/// What an authority answered when it did what was asked.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body; `null` where there is none.
    pub body: Value,
    /// The change's place in the change log.
    pub revision: Option<u64>,
    /// The version to send back in `If-Match`.
    pub etag: Option<String>,
}

/// Problem details (RFC 9457), as far as a person needs them.
#[derive(Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: String,
    /// What happened and why.
    pub detail: String,
    /// What to do.
    pub fix: Option<String>,
    /// The field at fault.
    pub field: Option<String>,
    /// The whole body.
    pub body: Value,
}

/// Why a call did not come to its answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The address cannot be used.
    #[error("{0}")]
    Address(String),
    /// No answer came.
    #[error("the authority at `{url}` cannot be reached: {why}")]
    Unreachable {
        /// The authority's address.
        url: String,
        /// What was seen.
        why: String,
    },
    /// An answer came that no authority gives.
    #[error("what answers at `{url}` is no authority: {why}")]
    NotAnAuthority {
        /// The address.
        url: String,
        /// What was seen.
        why: String,
    },
    /// The authority answered with a problem.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
}

/// One call about to be made.
#[derive(Debug)]
pub struct Call<'a> {
    method: Method,
    path: &'a str,
    query: Vec<(&'a str, String)>,
    body: Option<Value>,
    headers: Vec<(&'static str, String)>,
}

impl<'a> Call<'a> {
    /// A `GET`.
    pub const fn get(path: &'a str) -> Self {
        Self::of(Method::GET, path)
    }
    /// A `POST`.
    pub const fn post(path: &'a str) -> Self {
        Self::of(Method::POST, path)
    }
    /// A `PUT`.
    pub const fn put(path: &'a str) -> Self {
        Self::of(Method::PUT, path)
    }
    /// A `PATCH`.
    pub const fn patch(path: &'a str) -> Self {
        Self::of(Method::PATCH, path)
    }
    /// A `DELETE`.
    pub const fn delete(path: &'a str) -> Self {
        Self::of(Method::DELETE, path)
    }
    const fn of(method: Method, path: &'a str) -> Self {
        Self { method, path, query: Vec::new(), body: None, headers: Vec::new() }
    }
    /// Adds a query parameter where there is a value.
    #[must_use]
    pub fn query(mut self, name: &'a str, value: Option<impl ToString>) -> Self {
        self.query.extend(value.map(|value| (name, value.to_string())));
        self
    }
    /// Sets the JSON body.
    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
    /// Adds a header where there is a value.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        self.headers.extend(value.map(|value| (name, value.into())));
        self
    }
}

impl Authority {
    /// Prepares to speak to the authority at `url`; `ca` holds further root certificates in PEM.
    pub fn new(url: &str, token: Option<Zeroizing<String>>, ca: Option<&[u8]>) -> Result<Self, CallError> {
        let base = parse_base(url)?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("jeton/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_DEADLINE)
            .timeout(ANSWER_DEADLINE);
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        if let Some(pem) = ca {
            let roots = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|_| CallError::Address("the file of root certificates is not PEM".to_owned()))?;
            builder = builder.tls_certs_merge(roots);
        }
        let http = builder.build().map_err(|fault| CallError::Address(format!("the HTTP client cannot start: {}", innermost(&fault))))?;
        Ok(Self { http, base, token })
    }
    /// The authority's address without a slash at its end.
    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }
    /// Makes the call.
    pub async fn call(&self, call: Call<'_>) -> Result<Answer, CallError> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path().trim_end_matches('/'), call.path));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self.http.request(call.method, url);
        if let Some(token) = &self.token {
            let mut value = header::HeaderValue::from_str(&Zeroizing::new(format!("Bearer {}", token.as_str())))
                .map_err(|_| CallError::Address("the token holds characters that no token has".to_owned()))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = call.body {
            request = request.json(&body);
        }
        let response = request.send().await.map_err(|fault| self.unreachable(&fault))?;
        self.read(response).await
    }
    async fn read(&self, mut response: reqwest::Response) -> Result<Answer, CallError> {
        let status = response.status().as_u16();
        let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (revision, etag) = (text("jeton-revision").and_then(|seq| seq.parse().ok()), text("etag"));
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|fault| self.unreachable(&fault))? {
            if bytes.len() + chunk.len() > ANSWER_MAX {
                return Err(self.no_authority("its answer is larger than any that an authority gives"));
            }
            bytes.extend_from_slice(&chunk);
        }
        let body: Option<Value> = if bytes.is_empty() { Some(Value::Null) } else { serde_json::from_slice(&bytes).ok() };
        match body {
            Some(body) if (200..300).contains(&status) => Ok(Answer { status, body, revision, etag }),
            Some(body) if body.get("code").is_some() => Err(CallError::Problem(Box::new(problem(status, body)))),
            _ => Err(self.no_authority(&format!("it answered {status} without problem details"))),
        }
    }
    fn unreachable(&self, fault: &reqwest::Error) -> CallError {
        let why = if fault.is_timeout() { "no answer in time".to_owned() } else { innermost(fault) };
        CallError::Unreachable { url: self.url().to_owned(), why }
    }
    fn no_authority(&self, why: &str) -> CallError {
        CallError::NotAnAuthority { url: self.url().to_owned(), why: why.to_owned() }
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

pub(crate) fn parse_base(url: &str) -> Result<Url, CallError> {
    let bad = |why: &str| CallError::Address(format!("the authority's address `{}` {why}", url.escape_debug()));
    let base = Url::parse(url).map_err(|_| bad("is no URL such as `http://127.0.0.1:8700`"))?;
    if !base.username().is_empty() || base.password().is_some() {
        return Err(CallError::Address("the authority's address must not hold a user or password".to_owned()));
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(bad("must not hold a query or a fragment"));
    }
    match base.scheme() {
        "https" => Ok(base),
        "http" if is_loopback(&base) => Ok(base),
        "http" => Err(bad("is plain HTTP to another machine, which would show the token to the network: use https")),
        _ => Err(bad("must begin with `https://`, or `http://` on loopback")),
    }
}

/// Whether the address can only be this machine.
pub(crate) fn is_loopback(base: &Url) -> bool {
    match base.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn problem(status: u16, body: Value) -> Problem {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let detail = text("detail").or_else(|| text("title")).unwrap_or_else(|| format!("the authority answered {status}"));
    Problem { status, code: text("code").unwrap_or_default(), detail, fix: text("fix"), field: text("field"), body }
}

/// The innermost cause: what reqwest wraps it in tells a person nothing, and may hold the URL twice.
pub(crate) fn innermost(fault: &dyn std::error::Error) -> String {
    let mut inner = fault;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_tls_or_stays_here() {
        for good in ["https://auth.example.com", "http://127.0.0.1:8700", "http://[::1]:8700/", "http://localhost"] {
            assert!(parse_base(good).is_ok(), "{good}");
        }
        let bad = [
            "auth.example.com",
            "http://auth.example.com",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "https://u:p@example.com",
            "https://example.com/?a",
            "http://localhost.example.com",
            "http://a.localhost",
        ];
        for bad in bad {
            assert!(parse_base(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nothing_of_a_token_is_in_debug_output() {
        let token = Some(Zeroizing::new("sesame".to_owned()));
        let authority = Authority::new("http://127.0.0.1:1", token, None).expect("an address");
        assert!(!format!("{authority:?}").contains("sesame"));
    }
}
