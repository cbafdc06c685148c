//! The rules between settings: what cannot be enforced as it is set is an error, never ignored.

use super::{ClientCertificates, Config, ConfigFault, fault};
use crate::mail::Server;
use jeton_core::{limits, name::Audience, oauth::grant_type::GrantType, timestamp::Span, token_text::Brand};
use jeton_gate::{route_table::UpstreamTokenSpec, upstream::Upstreams};
use std::net::IpAddr;

/// Checks a configuration that is well-formed for sense.
pub(super) fn check(config: &Config) -> Result<(), ConfigFault> {
    issuer(config)?;
    listeners(config)?;
    database(config)?;
    signing(config)?;
    oauth(config)?;
    gate(config)?;
    rule((0.0..=1.0).contains(&config.log.access), "`log.access` must be 0 (no answer gets a line) to 1 (all do)")?;
    Server::of(&config.mail).map_err(|fault| ConfigFault::new(fault.to_string()))?;
    let brand_fits = config.brand.as_deref().is_none_or(|brand| Brand::parse(brand).is_some());
    rule(brand_fits, "`brand` must be 1 to 16 characters, a small letter and then small letters or digits")?;
    rule(
        tracing_subscriber::EnvFilter::try_new(&config.log.level).is_ok(),
        "`log.level` must be a level such as `info` or a filter such as `info,jeton_store=debug`",
    )
}

/// What only a gate can do that follows another authority.
pub(super) fn for_authority(config: &Config) -> Result<(), ConfigFault> {
    let set = &config.authority;
    rule(
        set.url.is_none() && set.token_file.is_none() && set.ca.is_none(),
        "`authority` says whom `jeton gate` follows: this is `jeton serve`, which follows nobody",
    )
}

/// What a gate cannot do that follows another authority, and what it must know.
pub(super) fn for_gate(config: &Config) -> Result<(), ConfigFault> {
    let usual = Config::default();
    let url = config.authority.url.as_deref().unwrap_or_default();
    rule(!url.is_empty(), "`authority.url` must say whom the gate follows, such as `https://auth.example.com`")?;
    crate::client::parse_base(url).map_err(|fault| ConfigFault::new(format!("`authority.url` cannot be used: {fault}")))?;
    rule(config.database.url == usual.database.url, "`database.url` is for `jeton serve`: a gate has no database")?;
    rule(config.brand.is_none(), "`brand` is for `jeton serve`: a gate issues nothing")?;
    rule(config.oauth == usual.oauth, "`oauth` is for `jeton serve`: a gate is no authorization server")?;
    rule(config.tls.acme.is_none(), "`tls.acme` is for `jeton serve`: give a gate its certificate by `tls.certificate` and `tls.key`")?;
    let signs = config.gate.route.iter().any(|route| route.upstream_token == UpstreamTokenSpec::Jwt);
    rule(
        !signs,
        "`gate.route` must not set `upstream_token = \"jwt\"` here: a gate that follows another authority has no key to sign with",
    )?;
    rule(!config.gate.route.is_empty(), "`gate.route` must name what is guarded: a gate without routes lets nothing pass")
}

fn rule(holds: bool, otherwise: &str) -> Result<(), ConfigFault> {
    if holds { Ok(()) } else { Err(ConfigFault::new(otherwise)) }
}

fn issuer(config: &Config) -> Result<(), ConfigFault> {
    let url = url::Url::parse(&config.issuer)
        .map_err(|error| ConfigFault::new(format!("`issuer` must be an absolute URL such as `https://auth.example.com`: {error}")))?;
    rule(!config.issuer.ends_with('/'), "`issuer` must not end with a slash: it is compared byte for byte")?;
    rule(url.query().is_none() && url.fragment().is_none(), "`issuer` must have no query and no fragment")?;
    rule(url.username().is_empty() && url.password().is_none(), "`issuer` must not hold a user name or password")?;
    let plain = url.as_str().trim_end_matches('/');
    rule(config.issuer == plain, &format!("`issuer` must be written plainly, as `{plain}`: it is compared byte for byte"))?;
    // It is the audience of the management interface as well.
    Audience::parse(&config.issuer).map_err(|rule| ConfigFault::new(format!("`issuer` {rule}")))?;
    let loopback = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    rule(
        url.scheme() == "https" || (url.scheme() == "http" && loopback),
        "`issuer` must begin with `https://`; plain `http://` is only for loopback",
    )
}

fn listeners(config: &Config) -> Result<(), ConfigFault> {
    let tls = &config.tls;
    rule(tls.certificate.is_some() == tls.key.is_some(), "`tls.certificate` and `tls.key` must be set together")?;
    let own_tls = tls.certificate.is_some() || tls.acme.is_some();
    acme(config)?;
    rule(tls.more.is_empty() || own_tls, "`tls.more` needs `tls.certificate` and `tls.key`, or `tls.acme`")?;
    rule(tls.more.len() <= limits::CERTIFICATES_MAX, &format!("`tls.more` must hold at most {} pairs", limits::CERTIFICATES_MAX))?;
    rule(!(own_tls && tls.terminated_by_proxy), "`tls.terminated_by_proxy` and `tls.certificate` exclude each other")?;
    rule(
        !tls.terminated_by_proxy || !config.trusted_proxies.is_empty(),
        "`tls.terminated_by_proxy` needs `trusted_proxies`: the networks of the proxy in front",
    )?;
    rule(
        own_tls || tls.terminated_by_proxy || is_loopback(config.listen.ip()),
        "`listen` is not a loopback address, and plain HTTP is refused there: set `tls.certificate` and `tls.key`, `tls.acme`, or `tls.terminated_by_proxy`",
    )?;
    rule(
        own_tls || tls.client_certificates == ClientCertificates::Off,
        "`tls.client_certificates` needs `tls.certificate` and `tls.key`, or `tls.acme`: behind a proxy, set `tls.client_certificate_header`",
    )?;
    rule(
        tls.client_ca.is_none() || tls.client_certificates == ClientCertificates::Request,
        "`tls.client_ca` needs `tls.client_certificates = \"request\"`: nobody shows a certificate otherwise",
    )?;
    rule(
        !tls.client_certificate_verified_by_proxy || tls.client_certificate_header.is_some(),
        "`tls.client_certificate_verified_by_proxy` needs `tls.client_certificate_header`: the header that is believed",
    )?;
    certificate_header(config)?;
    rule(is_loopback(config.ops_listen.ip()), "`ops_listen` must be a loopback address: health and metrics are plain HTTP")?;
    let same = config.listen == config.ops_listen && config.listen.port() != 0;
    rule(!same, "`listen` and `ops_listen` must differ")?;
    rule(config.trusted_proxies.len() <= 64, "`trusted_proxies` must hold at most 64 networks")
}

/// What the ACME server is asked for.
fn acme(config: &Config) -> Result<(), ConfigFault> {
    let Some(acme) = &config.tls.acme else { return Ok(()) };
    rule(config.tls.certificate.is_none(), "`tls.acme` and `tls.certificate` exclude each other")?;
    rule(acme.agree_to_terms, "`tls.acme.agree_to_terms` must be `true`: the ACME server gives no certificates otherwise")?;
    let is_domain = |domain: &String| {
        let normal = jeton_gate::request_target::normal_host(domain);
        normal.is_ok_and(|host| *host == **domain) && domain.parse::<IpAddr>().is_err() && !domain.starts_with('[')
    };
    let enough = (1..=limits::ACME_DOMAINS_MAX).contains(&acme.domains.len());
    let words = format!("`tls.acme.domains` must hold 1 to {} domain names in small letters, without wildcards", limits::ACME_DOMAINS_MAX);
    rule(enough && acme.domains.iter().all(is_domain), &words)?;
    rule(
        acme.contact.iter().all(|contact| contact.starts_with("mailto:")),
        "`tls.acme.contact` must hold addresses such as `mailto:admin@example.com`",
    )?;
    rule(acme.directory.starts_with("https://"), "`tls.acme.directory` must begin with `https://`")
}

/// A header that is believed of proxies must be one that nobody else gets through the gate.
fn certificate_header(config: &Config) -> Result<(), ConfigFault> {
    let Some(name) = &config.tls.client_certificate_header else { return Ok(()) };
    rule(
        !config.trusted_proxies.is_empty(),
        "`tls.client_certificate_header` needs `trusted_proxies`: the networks of the proxies that are believed",
    )?;
    rule(
        name.parse::<http::HeaderName>().is_ok() && jeton_gate::header::is_reserved(name),
        "`tls.client_certificate_header` must be a header that the gate takes away from clients: `Client-Cert` or one that begins with `X-SSL-`",
    )
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn database(config: &Config) -> Result<(), ConfigFault> {
    let scheme = config.database.url.split_once("://").map(|(scheme, _)| scheme).unwrap_or_default();
    if !matches!(scheme, "sqlite" | "postgres" | "postgresql") {
        let near = fault::nearest(scheme, &["sqlite", "postgres"]).map_or(String::new(), |near| format!(", did you mean `{near}://…`?"));
        return Err(ConfigFault::new(format!("`database.url` must begin with `sqlite://` or `postgres://`{near}")));
    }
    rule((50..=60_000).contains(&config.database.deadline_ms), "`database.deadline_ms` must be 50 to 60000")
}

fn signing(config: &Config) -> Result<(), ConfigFault> {
    let signing = &config.signing;
    rule(matches!(signing.algorithm.as_str(), "ES256" | "EdDSA" | "RS256"), "`signing.algorithm` must be `ES256`, `EdDSA` or `RS256`")?;
    let least = Span::from_hours(1);
    rule(signing.rotate_every.0 >= least, "`signing.rotate_every` must be at least `1h`")?;
    rule(signing.publish_before.0 < signing.rotate_every.0, "`signing.publish_before` must be shorter than `signing.rotate_every`")
}

fn oauth(config: &Config) -> Result<(), ConfigFault> {
    let by_grant = GrantType::ALL.into_iter().filter_map(|grant_type| config.oauth.access_token_by_grant.of(grant_type));
    let lives = by_grant.chain([config.oauth.access_token.0]);
    let least = limits::ACCESS_TOKEN_LIFE_MIN;
    rule(
        lives.into_iter().all(|life| life >= least),
        &format!("`oauth.access_token` and `oauth.access_token_by_grant` must be at least `{}s`", least.as_seconds_up()),
    )
}

fn gate(config: &Config) -> Result<(), ConfigFault> {
    let gate = &config.gate;
    rule((100..=60_000).contains(&gate.max_staleness_ms), "`gate.max_staleness_ms` must be 100 to 60000")?;
    rule((1_000..=1_000_000_000).contains(&gate.capacity), "`gate.capacity` must be 1000 to 1000000000")?;
    let is_plain = |b: u8| (b.is_ascii_graphic() || b == b' ') && b != b'"' && b != b'\\';
    let realm = gate.realm.as_deref().is_none_or(|realm| (1..=64).contains(&realm.len()) && realm.bytes().all(is_plain));
    rule(realm, "`gate.realm` must be 1 to 64 plain characters without quotes")?;
    let names = gate.token_headers.iter().all(|name| name.parse::<http::HeaderName>().is_ok() && !name.eq_ignore_ascii_case("cookie"));
    rule(names && gate.token_headers.len() <= 4, "`gate.token_headers` must hold at most 4 header names, `Cookie` not among them")?;
    rule(gate.route.len() <= 1000, "`gate.route` must hold at most 1000 routes")?;
    let mut upstreams = Upstreams::default();
    for (at, route) in gate.route.iter().enumerate() {
        route.read(&mut upstreams).map_err(|(key, rule)| ConfigFault::new(format!("`gate.route` number {}: `{key}` {rule}", at + 1)))?;
    }
    Ok(())
}
