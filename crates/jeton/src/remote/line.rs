//! The line to the authority: each question bounded in time and size, the credential sent over TLS or to this machine alone, no
//! redirect followed. What goes wrong is told in words for the operator; a secret is in none of them.

use super::{
    report::{UsageReport, UsageTaken},
    wire::{Records, RecordsRequest, Told, WantedToken},
};
use crate::{
    cli::secret_from_file,
    client,
    config::AuthorityConfig,
    gates::leases::{Leases, LeasesRequest},
};
use arc_swap::ArcSwap;
use jeton_core::{change::Revision, limits};
use reqwest::{RequestBuilder, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use url::Url;
use zeroize::Zeroizing;

/// Time to connect.
const CONNECT: Duration = Duration::from_secs(1);
/// Time for a report of use to be taken.
const REPORT: Duration = Duration::from_secs(20);
/// Longest silence within a snapshot.
const SNAPSHOT_IDLE: Duration = Duration::from_secs(30);
/// Longest answer that says why not, in bytes.
const REFUSAL_MAX: usize = 64 * 1024;

/// The line. Cheap to clone.
#[derive(Clone)]
pub struct Line {
    http: reqwest::Client,
    base: Url,
    credential: Arc<Credential>,
}

/// The gate's token, read again where the authority does not take it any more.
struct Credential {
    file: Option<PathBuf>,
    text: ArcSwap<Zeroizing<String>>,
}

/// Who asks, as the authority names it to those who wait for it.
#[derive(Debug)]
pub struct Asker {
    /// This process: another at each start.
    process: String,
    /// Its name for people.
    name: String,
    /// For how many milliseconds it believes its memory after it last heard from the authority.
    pub trusts_ms: AtomicU64,
}

impl Asker {
    /// This process, which listens at `address`.
    pub fn of_this_process(address: SocketAddr) -> Self {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host: String = host.trim().chars().filter(char::is_ascii_graphic).take(limits::NAME_MAX / 2).collect();
        let process = format!("{:016x}", rand::random::<u64>());
        Self { process, name: format!("gate@{host}:{}", address.port()), trusts_ms: AtomicU64::new(0) }
    }
}

/// Why a gate cannot speak to its authority at all.
#[derive(Debug, thiserror::Error)]
pub enum LineFault {
    /// A setting.
    #[error("{0}")]
    Setting(String),
}

/// Why a question came to no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AskFault {
    /// Nothing came, or not in time, or it broke off.
    #[error("the authority does not answer: {0}")]
    Silent(String),
    /// It does not take the gate's token.
    #[error("the authority refuses this gate's token: {0}")]
    Refused(String),
    /// It said that it cannot answer at present.
    #[error("the authority cannot answer: {0}")]
    Unable(String),
    /// It does not take what this gate sent, now or ever.
    #[error("the authority does not take what this gate sends: {0}")]
    Rejected(String),
    /// What came is no answer that an authority gives.
    #[error("what answered is no authority: {0}")]
    Strange(String),
    /// Its change log ends before what it told of.
    #[error(
        "the authority's change log ends at revision {head}, and it told this gate of {known} before: older data were put back. Nothing that \
         it tells is followed until this gate is started again, which takes its data as they are"
    )]
    WentBack {
        /// Where it ends.
        head: Revision,
        /// What was told before.
        known: Revision,
    },
}

impl Line {
    /// Prepares the line.
    pub fn new(config: &AuthorityConfig) -> Result<Self, LineFault> {
        let setting = |fault: &dyn std::fmt::Display| LineFault::Setting(fault.to_string());
        let base = client::parse_base(config.url.as_deref().unwrap_or_default()).map_err(|fault| setting(&fault))?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("jeton-gate/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .tcp_nodelay(true);
        if client::is_loopback(&base) {
            builder = builder.no_proxy();
        }
        if let Some(path) = &config.ca {
            let pem = std::fs::read(path).map_err(|fault| LineFault::Setting(format!("cannot read `{}`: {fault}", path.display())))?;
            let roots = reqwest::Certificate::from_pem_bundle(&pem)
                .map_err(|_| LineFault::Setting(format!("`{}` holds no certificates in PEM", path.display())))?;
            builder = builder.tls_certs_merge(roots);
        }
        let http = builder.build().map_err(|fault| setting(&client::innermost(&fault)))?;
        let text = read_credential(config.token_file.as_ref())?;
        let credential = Arc::new(Credential { file: config.token_file.clone(), text: ArcSwap::from_pointee(text) });
        Ok(Self { http, base, credential })
    }
    /// The authority's address.
    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }
    /// The token, for deriving keys from it. Never leaves this program but over the line.
    pub fn expose_credential(&self) -> Arc<Zeroizing<String>> {
        self.credential.text.load_full()
    }
    /// What a gate begins with.
    pub async fn begin(&self) -> Result<Told, AskFault> {
        self.told(Vec::new(), Duration::ZERO).await
    }
    /// What came after a place in the change log, told to whoever `asker` is; waits for a change for `wait` at most.
    pub async fn changes(&self, asker: &Asker, after: Option<Revision>, wait: Duration) -> Result<Told, AskFault> {
        let mut query = vec![("process", asker.process.clone()), ("name", asker.name.clone())];
        query.push(("trusts_ms", asker.trusts_ms.load(Ordering::Relaxed).to_string()));
        query.push(("wait_ms", wait.as_millis().to_string()));
        query.extend(after.map(|after| ("after", after.0.to_string())));
        self.told(query, wait).await
    }
    /// Says that this process decides on nothing any more.
    pub async fn leave(&self, asker: &Asker) -> Result<(), AskFault> {
        let request = self.post("/v1/gate/leave").json(&serde_json::json!({ "process": asker.process }));
        let _: serde_json::Value = self.answer(request, CONNECT, REFUSAL_MAX).await?;
        Ok(())
    }
    async fn told(&self, mut query: Vec<(&str, String)>, wait: Duration) -> Result<Told, AskFault> {
        let ask: u64 = rand::random::<u64>() >> 1;
        query.push(("ask", ask.to_string()));
        let patience: Duration = limits::FOLLOW_PATIENCE.into();
        let told: Told = self.answer(self.get("/v1/gate/changes", &query), wait + patience, limits::FOLLOW_ANSWER_MAX).await?;
        if told.ask == ask { Ok(told) } else { Err(AskFault::Strange("it answers another question than was asked".into())) }
    }
    /// Tokens by their ids.
    pub async fn records(&self, tokens: Vec<WantedToken>, within: Duration) -> Result<Records, AskFault> {
        let request = self.post("/v1/gate/records").json(&RecordsRequest { tokens });
        self.answer(request, within, limits::FOLLOW_ANSWER_MAX).await
    }
    /// Leases units of limits, and gives some back.
    pub async fn leases(&self, request: &LeasesRequest, within: Duration) -> Result<Leases, AskFault> {
        self.answer(self.post("/v1/gate/leases").json(request), within, limits::LEASES_BODY_MAX).await
    }
    /// Hands over use.
    pub async fn report(&self, report: &UsageReport) -> Result<UsageTaken, AskFault> {
        self.answer(self.post("/v1/gate/usage").json(report), REPORT, REFUSAL_MAX).await
    }
    /// Begins a snapshot with room for `records` tokens.
    pub async fn snapshot(&self, records: u64) -> Result<Response, AskFault> {
        let request = self.authorised(self.get("/v1/gate/snapshot", &[("records", records.to_string())]))?.send();
        let response = tokio::time::timeout(SNAPSHOT_IDLE, request).await.map_err(|_| late())?.map_err(|fault| silent(&fault))?;
        self.good(response).await
    }
    /// The next piece of a snapshot.
    pub async fn piece(response: &mut Response) -> Result<Option<bytes::Bytes>, AskFault> {
        let piece = tokio::time::timeout(SNAPSHOT_IDLE, response.chunk()).await.map_err(|_| late())?;
        piece.map_err(|fault| silent(&fault))
    }

    fn get(&self, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        let mut url = self.at(path);
        url.query_pairs_mut().extend_pairs(query);
        self.http.get(url)
    }
    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.at(path))
    }
    fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }
    async fn answer<T: DeserializeOwned>(&self, request: RequestBuilder, within: Duration, most: usize) -> Result<T, AskFault> {
        let asking = async {
            let response = self.authorised(request)?.send().await.map_err(|fault| silent(&fault))?;
            let mut response = self.good(response).await?;
            collect(&mut response, most).await
        };
        let body = tokio::time::timeout(within, asking).await.map_err(|_| late())??;
        serde_json::from_slice(&body).map_err(|fault| AskFault::Strange(format!("its answer cannot be read: {fault}")))
    }
    fn authorised(&self, request: RequestBuilder) -> Result<RequestBuilder, AskFault> {
        let text = self.credential.text.load();
        let value = Zeroizing::new(format!("Bearer {}", text.as_str()));
        let mut value =
            header::HeaderValue::from_str(&value).map_err(|_| AskFault::Refused("it holds characters that no token has".to_owned()))?;
        value.set_sensitive(true);
        Ok(request.header(header::AUTHORIZATION, value))
    }
    /// The answer, where it is one.
    async fn good(&self, mut response: Response) -> Result<Response, AskFault> {
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(response);
        }
        let body = collect(&mut response, REFUSAL_MAX).await.unwrap_or_default();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let said = |name: &str| problem.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        let words = match (said("detail"), said("fix")) {
            (Some(detail), Some(fix)) => format!("{detail} ({fix})"),
            (detail, _) => detail.unwrap_or_else(|| format!("it answered {}", status.as_u16())),
        };
        Err(match status {
            StatusCode::UNAUTHORIZED => {
                self.read_credential_again();
                AskFault::Refused(words)
            }
            StatusCode::FORBIDDEN | StatusCode::CONFLICT => AskFault::Refused(words),
            status if problem.get("code").is_none() => AskFault::Strange(format!("it answered {} without saying why", status.as_u16())),
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => AskFault::Rejected(words),
            _ => AskFault::Unable(words),
        })
    }
    fn read_credential_again(&self) {
        match read_credential(self.credential.file.as_ref()) {
            Ok(text) => self.credential.text.store(Arc::new(text)),
            Err(fault) => tracing::warn!(%fault, "the gate's token could not be read again"),
        }
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

fn read_credential(file: Option<&PathBuf>) -> Result<Zeroizing<String>, LineFault> {
    if let Some(path) = file {
        return secret_from_file(path, "gate's token").map_err(LineFault::Setting);
    }
    let text = std::env::var("JETON_TOKEN").map(Zeroizing::new).ok();
    let text = text.map(|text| Zeroizing::new(text.trim().to_owned())).filter(|text| !text.is_empty());
    text.ok_or_else(|| {
        LineFault::Setting("there is no token to follow the authority with: set `authority.token_file` or JETON_TOKEN".to_owned())
    })
}

async fn collect(response: &mut Response, most: usize) -> Result<Vec<u8>, AskFault> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|fault| silent(&fault))? {
        if body.len() + piece.len() > most {
            return Err(AskFault::Strange(format!("its answer is longer than {most} bytes")));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn silent(fault: &reqwest::Error) -> AskFault {
    AskFault::Silent(if fault.is_timeout() { "no answer in time".to_owned() } else { client::innermost(fault) })
}

fn late() -> AskFault {
    AskFault::Silent("no answer in time".to_owned())
}
