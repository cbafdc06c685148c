//! Fetches what strangers point at: metadata documents, key sets, sector identifiers; and sends them logout tokens. `https` only, to
//! public addresses only, as they are after resolution, and to exactly those; no redirect, no proxy of the environment, no cookie,
//! bounded in size, time and number.
//!
//! Never calls an address that a stranger could not call himself, never believes a name, never keeps what failed.

mod address;
mod answer;
mod held;
mod rest;
mod share;

pub use address::Addresses;
pub use held::Held;

use address::Checked;
use bytes::Bytes;
use jeton_core::limits;
use rest::Resting;
use share::Shares;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::{Host, Url};

/// What may be called.
#[derive(Clone, Debug)]
pub struct FetchSettings {
    /// Which addresses may be called.
    pub addresses: Addresses,
    /// Whether plain `http` may be spoken to loopback.
    pub plain_loopback: bool,
    /// Certificates that are trusted besides those of the system, in PEM.
    pub further_roots: Vec<u8>,
}

/// What fetches.
pub struct Fetcher {
    http: Option<reqwest::Client>,
    settings: FetchSettings,
    at_once: Semaphore,
    of_servers: Shares,
    resting: Resting,
}

/// What was fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The body, which is said to be JSON.
    pub body: Bytes,
    /// How long it may be held.
    pub life: Duration,
}

/// Why something was not fetched. Says nothing that whoever named the address does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFault {
    /// The address is of a kind that is never called.
    #[error("is not called: {0}")]
    Forbidden(&'static str),
    /// It, or its whole server, failed a moment ago.
    #[error("is left alone for some seconds, since it failed a moment ago")]
    Resting,
    /// Too many fetches run.
    #[error("could not be fetched, since too many fetches run at present")]
    Busy,
    /// No connection, or no TLS.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("did not answer within {} seconds", limits::FETCH_TIME.as_seconds_up())]
    Late,
    /// Another status than success.
    #[error("answers with status {0}")]
    Status(u16),
    /// Not JSON by its own word.
    #[error("does not answer with the content type `application/json`")]
    NotJson,
    /// More than allowed.
    #[error("answers with more than {0} bytes")]
    TooLong(usize),
    /// It does not hold what it should.
    #[error("{0}")]
    Malformed(String),
}

impl FetchFault {
    /// Whether it may be otherwise in a moment.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Resting | Self::Busy | Self::Unreachable(_) | Self::Late => true,
            Self::Status(status) => *status >= 500 || *status == 429,
            Self::Forbidden(_) | Self::NotJson | Self::TooLong(_) | Self::Malformed(_) => false,
        }
    }
}

impl FetchSettings {
    /// What a running authority calls; `development` adds loopback, plain or not.
    pub const fn of(development: bool) -> Self {
        let addresses = if development { Addresses::PublicAndLoopback } else { Addresses::Public };
        Self { addresses, plain_loopback: development, further_roots: Vec::new() }
    }
}

impl Fetcher {
    /// Prepares to fetch. Where no certificate can be trusted, nothing is fetched.
    pub fn new(settings: FetchSettings) -> Self {
        let http = client(&settings).inspect_err(
            |fault| tracing::warn!(%fault, "nothing can be fetched for clients: are the system's root certificates installed?"),
        );
        Self {
            http: http.ok(),
            settings,
            at_once: Semaphore::new(limits::FETCHES_AT_ONCE),
            of_servers: Shares::default(),
            resting: Resting::default(),
        }
    }
    /// Another that calls the same, with room of its own: what the one is busy with never keeps the other waiting.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self {
            http: self.http.clone(),
            settings: self.settings.clone(),
            at_once: Semaphore::new(limits::FETCHES_AT_ONCE),
            of_servers: Shares::default(),
            resting: Resting::default(),
        }
    }
    /// Fetches a JSON document of at most `most` bytes.
    pub async fn get(&self, url: &Url, most: usize) -> Result<Fetched, FetchFault> {
        self.bounded(url, async {
            let accept = "application/json, application/jwk-set+json;q=0.9";
            let response = self.speaker()?.get(url.clone()).header(http::header::ACCEPT, accept).send().await.map_err(unreachable)?;
            if response.status() != http::StatusCode::OK {
                return Err(FetchFault::Status(response.status().as_u16()));
            }
            if !answer::is_json(response.headers()) {
                return Err(FetchFault::NotJson);
            }
            let life = answer::life(response.headers());
            Ok(Fetched { body: answer::read(response, most).await?, life })
        })
        .await
    }
    /// Sends a form; what comes back is read and thrown away.
    pub async fn post_form(&self, url: &Url, form: String) -> Result<(), FetchFault> {
        self.bounded(url, async {
            let request =
                self.speaker()?.post(url.clone()).header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
            let response = request.send().await.map_err(unreachable)?;
            if !response.status().is_success() {
                return Err(FetchFault::Status(response.status().as_u16()));
            }
            answer::read(response, limits::POSTED_ANSWER_MAX).await.map(drop)
        })
        .await
    }
    /// What was fetched from there was no use: it is left alone for a while.
    pub fn was_malformed(&self, url: &Url) {
        self.resting.begin_address(url);
    }
    fn speaker(&self) -> Result<&reqwest::Client, FetchFault> {
        self.http.as_ref().ok_or(FetchFault::Forbidden("this server trusts no certificate at all"))
    }
    /// Does the work where the address may be called and there is room, within the time; what fails is left alone for a while.
    async fn bounded<T>(&self, url: &Url, work: impl Future<Output = Result<T, FetchFault>>) -> Result<T, FetchFault> {
        self.admit(url)?;
        if self.resting.is(url) {
            return Err(FetchFault::Resting);
        }
        let _share = self.of_servers.take(url).ok_or(FetchFault::Busy)?;
        let _turn = self.at_once.try_acquire().map_err(|_| FetchFault::Busy)?;
        let done = tokio::time::timeout(time(), work).await.unwrap_or(Err(FetchFault::Late));
        match &done {
            Ok(_) => {}
            Err(FetchFault::Unreachable(_)) => self.resting.begin_server(url),
            Err(_) => self.resting.begin_address(url),
        }
        done
    }
    /// Whether this address may be called at all; a host that is a name is looked at again once it is resolved.
    fn admit(&self, url: &Url) -> Result<(), FetchFault> {
        let number = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(FetchFault::Forbidden("it has no host")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchFault::Forbidden("it has a user or a password"));
        }
        let is_loopback = number.map_or(url.host_str() == Some("localhost"), |address: std::net::IpAddr| address.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if self.settings.plain_loopback && is_loopback => {}
            _ => return Err(FetchFault::Forbidden("it is not `https`")),
        }
        if number.is_some_and(|address| !self.settings.addresses.allow(address)) {
            return Err(FetchFault::Forbidden(address::NOT_PUBLIC));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What speaks HTTP, with everything turned off that could lead elsewhere.
fn client(settings: &FetchSettings) -> Result<reqwest::Client, reqwest::Error> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("jeton/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .https_only(!settings.plain_loopback)
        .pool_max_idle_per_host(1)
        .timeout(time())
        .dns_resolver(Checked(settings.addresses));
    if !settings.further_roots.is_empty() {
        builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(&settings.further_roots)?);
    }
    builder.build()
}

fn time() -> Duration {
    Duration::from_secs(limits::FETCH_TIME.as_seconds_up().unsigned_abs())
}

/// Why a call came to nothing, without its address and without what the network looks like from here.
fn unreachable(fault: reqwest::Error) -> FetchFault {
    if fault.is_timeout() {
        return FetchFault::Late;
    }
    if address::was_refused(&fault) {
        return FetchFault::Forbidden(address::NOT_PUBLIC);
    }
    let what = if fault.is_connect() { "no connection, or no certificate that is trusted" } else { "the answer broke off" };
    tracing::debug!(%fault, "a fetch failed");
    FetchFault::Unreachable(what.to_owned())
}

#[cfg(test)]
mod tests;
