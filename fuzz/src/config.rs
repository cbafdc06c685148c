//! The configuration, as the text of `jeton.toml`.

use jeton::config::Config;
use jeton_core::name::Audience;

/// What is accepted holds to the rules that keep an installation safe, is refused with any key more that is not known, and
/// never shows where its database is.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // Reading these would read files, which no target may.
    if text.contains("upstream_ca") {
        return;
    }
    let read = |text: &str| Config::parse("jeton.toml", text, std::iter::empty());
    let config = match read(text) {
        Ok(config) => config,
        Err(fault) => return assert!(!fault.to_string().is_empty()),
    };
    let encrypted = config.tls.certificate.is_some() && config.tls.key.is_some();
    let behind = config.tls.terminated_by_proxy && !config.trusted_proxies.is_empty();
    let loopback = |ip: std::net::IpAddr| ip.to_canonical().is_loopback();
    assert!(loopback(config.listen.ip()) || encrypted || behind, "plain HTTP on {}", config.listen);
    assert!(loopback(config.ops_listen.ip()), "health and metrics for everybody on {}", config.ops_listen);
    assert!(Audience::parse(&config.issuer).is_ok() && config.issuer.starts_with("http") && !config.issuer.ends_with('/'));
    assert!(config.gate.max_staleness_ms <= 60_000 && config.database.deadline_ms <= 60_000);
    assert!(config.gate.realm.iter().all(|realm| !realm.contains(['"', '\\', '\r', '\n'])));
    for route in &config.gate.route {
        assert!(route.audience.contains(':') && !route.scopes.iter().any(|scope| scope.ends_with('*')), "{route:?}");
    }
    for more in ["unknown_key = 1", "[gate.unknown]", "[unknown]"] {
        let with = if more.starts_with('[') { format!("{text}\n{more}\n") } else { format!("{more}\n{text}") };
        assert!(read(&with).is_err(), "`{more}` is passed over");
    }
    let secret = config.database.url.split_once("://").map_or("", |(_, rest)| rest);
    assert!(secret.len() < 12 || !format!("{:?}", config.database).contains(secret), "the database's URL is shown");
}
