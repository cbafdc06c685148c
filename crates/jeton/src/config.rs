//! The configuration: `jeton.toml`, overlaid by `JETON_SECTION__KEY` variables, checked whole before anything starts.
//!
//! Unknown keys are errors that name the line and the nearest key. A security setting that the present mode cannot enforce is
//! an error as well. The database's URL may hold a password and is never printed: its `Debug` is redacted.

mod check;
mod environment;
mod fault;
mod gate;
mod mail;
mod oauth;
mod remote;

pub use fault::ConfigFault;
pub use gate::GateConfig;
pub use mail::MailConfig;
pub use oauth::{OAuthConfig, RegistrationRule, TrustedIssuer};
pub use remote::AuthorityConfig;

use ipnet::IpNet;
use jeton_core::{limits, timestamp::Span};
use serde::Deserialize;
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

/// Everything that an installation can set. Each field is documented in `docs/configuration.md`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The issuer: the URL that the outside knows this installation by. Without a slash at the end.
    pub issuer: String,
    /// Where the authority and the gate listen.
    pub listen: SocketAddr,
    /// Where health and metrics listen.
    pub ops_listen: SocketAddr,
    /// The file of master keys; made at first start. `JETON_MASTER_KEY` takes its place where it is set.
    pub master_key: PathBuf,
    /// Put in front of each token's text, so that leaked tokens can be told apart.
    pub brand: Option<String>,
    /// Proxies whose forwarded headers are believed.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// How much a refusal tells the holder of a whole token.
    pub disclosure: Disclosure,
    /// The store.
    pub database: DatabaseConfig,
    /// TLS for `listen`.
    pub tls: TlsConfig,
    /// The gate.
    pub gate: GateConfig,
    /// Whom a gate follows; for `jeton gate` alone.
    pub authority: AuthorityConfig,
    /// JWT access tokens.
    pub signing: SigningConfig,
    /// The authorization server.
    pub oauth: OAuthConfig,
    /// Mail.
    pub mail: MailConfig,
    /// Logs.
    pub log: LogConfig,
}

/// How much a refusal tells the holder of a whole token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disclosure {
    /// Whether it is expired, revoked, suspended or for another API, and what to do.
    #[default]
    Full,
    /// The same bytes for all of these.
    Minimal,
}

/// Where the data is.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// How long one operation may take before it counts as unavailable, in milliseconds.
    pub deadline_ms: u64,
}

/// TLS for `listen`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// The certificate chain in PEM, the leaf first.
    pub certificate: Option<PathBuf>,
    /// The private key in PEM.
    pub key: Option<PathBuf>,
    /// Further certificates, shown to whoever asks for one of their names.
    pub more: Vec<CertificatePair>,
    /// The certificate comes by ACME.
    pub acme: Option<AcmeConfig>,
    /// TLS ends at a proxy in front, which `trusted_proxies` names.
    pub terminated_by_proxy: bool,
    /// Whether clients are asked for certificates, which tokens can be bound to.
    pub client_certificates: ClientCertificates,
    /// The authorities in PEM whose certificates tell which client somebody is (`tls_client_auth`).
    pub client_ca: Option<PathBuf>,
    /// The header in which trusted proxies hand on the certificate of a client, such as `Client-Cert`.
    pub client_certificate_header: Option<String>,
    /// The proxies hand on no certificate whose chain they did not verify.
    pub client_certificate_verified_by_proxy: bool,
}

/// A certificate and its key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificatePair {
    /// The certificate chain in PEM, the leaf first.
    pub certificate: PathBuf,
    /// The private key in PEM.
    pub key: PathBuf,
}

/// Certificates by ACME.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcmeConfig {
    /// The domains that the certificate is for.
    pub domains: Vec<String>,
    /// Who is told of what concerns it, such as `mailto:admin@example.com`.
    #[serde(default)]
    pub contact: Vec<String>,
    /// That the terms of the ACME server are agreed to.
    #[serde(default)]
    pub agree_to_terms: bool,
    /// Where the ACME server says what it offers.
    #[serde(default = "lets_encrypt")]
    pub directory: String,
    /// A certificate in PEM that the ACME server itself is verified with, instead of the public ones.
    #[serde(default)]
    pub ca: Option<PathBuf>,
}

fn lets_encrypt() -> String {
    "https://acme-v02.api.letsencrypt.org/directory".into()
}

/// Whether clients are asked for certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientCertificates {
    /// They are not.
    #[default]
    Off,
    /// They may send one, by whomever it is signed, and prove that they hold its key.
    Request,
}

/// JWT access tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SigningConfig {
    /// `ES256`, `EdDSA` or `RS256`: what access tokens are signed with.
    pub algorithm: String,
    /// A new key takes over after this time, such as `90d`.
    pub rotate_every: SpanText,
    /// A new key is in the key set for this time before it signs.
    pub publish_before: SpanText,
}

/// Logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// The share of answers that get a line of the access log: 0 for none, 1 for all.
    pub access: f64,
    /// `auto` (text on a terminal, else JSON), `text` or `json`.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or `trace`, or a filter such as `info,jeton_store=debug`.
    pub level: String,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// Text.
    Text,
    /// One JSON object a line.
    Json,
}

/// A duration written as in `90d`, `12h`, `15m`, `30s` or `4w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanText(pub Span);

impl<'de> Deserialize<'de> for SpanText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Span::parse(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("must be a number and one of the units s, m, h, d, w, such as `90d`"))
    }
}

/// Networks, or single addresses.
fn networks<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let read = |text: &String| text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok();
    let all = Vec::<String>::deserialize(deserializer)?.iter().map(read).collect::<Option<_>>();
    all.ok_or_else(|| serde::de::Error::custom("must hold addresses or networks, such as `127.0.0.1` or `10.0.0.0/8`"))
}

impl Default for Config {
    fn default() -> Self {
        Self {
            issuer: "http://127.0.0.1:8700".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8700)),
            ops_listen: SocketAddr::from(([127, 0, 0, 1], 8701)),
            master_key: "jeton-data/master.key".into(),
            brand: None,
            trusted_proxies: Vec::new(),
            disclosure: Disclosure::Full,
            database: DatabaseConfig::default(),
            tls: TlsConfig::default(),
            gate: GateConfig::default(),
            authority: AuthorityConfig::default(),
            signing: SigningConfig::default(),
            oauth: OAuthConfig::default(),
            mail: MailConfig::default(),
            log: LogConfig::default(),
        }
    }
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { url: "sqlite://jeton-data/jeton.db".into(), deadline_ms: 2000 }
    }
}

impl Default for SigningConfig {
    fn default() -> Self {
        Self { algorithm: "ES256".into(), rotate_every: SpanText(Span::from_days(90)), publish_before: SpanText(Span::from_days(1)) }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { access: 0.0, format: LogFormat::Auto, level: "info".into() }
    }
}

impl std::fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let engine = self.url.split_once(':').map_or("?", |(scheme, _)| scheme);
        write!(f, "DatabaseConfig {{ url: {engine}://redacted, deadline_ms: {} }}", self.deadline_ms)
    }
}

impl DatabaseConfig {
    /// How long one operation may take.
    pub const fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

impl Config {
    /// The file that is read when none is named, if it is there.
    pub const DEFAULT_FILE: &'static str = "jeton.toml";

    /// Reads `file` (or the default file where it exists), overlays the environment of this process, and checks the whole.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigFault> {
        let text = match file {
            Some(path) => fault::read(path)?,
            None if Path::new(Self::DEFAULT_FILE).exists() => fault::read(Path::new(Self::DEFAULT_FILE))?,
            None => String::new(),
        };
        let name = file.map_or_else(|| Self::DEFAULT_FILE.to_owned(), |path| path.display().to_string());
        Self::parse(&name, &text, std::env::vars())
    }

    /// Reads configuration text, overlays `environment` and checks the whole. `name` is what errors call the text.
    pub fn parse(name: &str, text: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigFault> {
        if text.len() > limits::CONFIG_MAX {
            return Err(ConfigFault::new(format!("`{name}` is longer than {} bytes", limits::CONFIG_MAX)));
        }
        let _: Self = toml::from_str(text).map_err(|error| fault::in_text(name, text, &error))?;
        let table: toml::Table = toml::from_str(text).map_err(|error| fault::in_text(name, text, &error))?;
        let config = environment::overlay(table, environment)?;
        check::check(&config).map_err(|found| fault::placed(name, text, found))?;
        Ok(config)
    }

    /// Checks that nothing is set that only a gate which follows another authority could do.
    pub fn check_authority(&self) -> Result<(), ConfigFault> {
        check::for_authority(self)
    }

    /// Checks that a gate which follows another authority can do all that is set.
    pub fn check_gate(&self) -> Result<(), ConfigFault> {
        check::for_gate(self)
    }

    /// The folder that holds the master key file; what is kept outside the database lives below it.
    pub fn data_folder(&self) -> PathBuf {
        match self.master_key.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        }
    }

    /// The folder for the generation and the journal.
    pub fn outside_folder(&self) -> PathBuf {
        self.data_folder().join("outside")
    }
}

#[cfg(test)]
mod tests;
