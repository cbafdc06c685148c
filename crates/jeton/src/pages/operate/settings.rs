//! `GET /dashboard/settings`: how the program is configured and whether it is well. Nothing can be changed here, and no secret is shown.

use crate::{
    authority::{Authority, Shared},
    config::{ClientCertificates, Disclosure},
    http::{guard::KeysRead, organisations},
    pages::{
        badge::{Badge, Tone},
        error,
        frame::{Frame, Page, render},
        navigation::Place,
        visitor::{Allowed, Visitor},
    },
    problem::Problem,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_store::Engine;

#[derive(Template)]
#[template(path = "operate/settings.html")]
struct SettingsPage {
    frame: Frame,
    health: Vec<(&'static str, Badge, String)>,
    groups: Vec<(&'static str, Vec<(&'static str, String)>)>,
}

impl Page for SettingsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /dashboard/settings`.
pub(super) async fn show_settings(State(authority): State<Shared>, allowed: Allowed<KeysRead>) -> Response {
    let visitor = allowed.visitor;
    match gather(&authority, &visitor).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn gather(authority: &Authority, visitor: &Visitor) -> Result<SettingsPage, Problem> {
    organisations::only_main(authority, &visitor.caller)?;
    Ok(SettingsPage { frame: visitor.frame("Settings", Place::Settings), health: health(authority).await?, groups: groups(authority) })
}

const fn badge(is_well: bool) -> Badge {
    if is_well { Badge { words: "Well", tone: Tone::Good } } else { Badge { words: "Not well", tone: Tone::Bad } }
}

async fn health(authority: &Authority) -> Result<Vec<(&'static str, Badge, String)>, Problem> {
    let head = authority.store.head().await?;
    let signing = authority.keys.signing_at(authority.now());
    let key = signing.as_ref().map_or_else(ToString::to_string, |key| format!("{} signs", key.kid()));
    Ok(vec![
        ("Database", badge(true), format!("answers; the newest revision is {head}")),
        ("Change log", badge(authority.gate.is_fresh()), format!("taken in up to revision {}", authority.gate.applied())),
        ("Signing key", badge(signing.is_ok()), key),
    ])
}

fn groups(authority: &Authority) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let config = &authority.config;
    let yes_no = |value: bool| if value { "yes" } else { "no" }.to_owned();
    let or_none = |value: Option<&str>| value.unwrap_or("none").to_owned();
    let engine = match authority.store.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let tls = match () {
        () if config.tls.certificate.is_some() => "served here",
        () if config.tls.terminated_by_proxy => "ends at a proxy in front",
        () => "none: loopback only",
    };
    vec![
        (
            "Program",
            vec![
                ("version", env!("CARGO_PKG_VERSION").to_owned()),
                ("issuer", config.issuer.clone()),
                ("listen", config.listen.to_string()),
                ("ops_listen", config.ops_listen.to_string()),
                ("brand", or_none(config.brand.as_deref())),
                ("disclosure", if config.disclosure == Disclosure::Full { "full" } else { "minimal" }.to_owned()),
                ("log.level", config.log.level.clone()),
            ],
        ),
        ("Database", vec![("engine", engine.to_owned()), ("database.deadline_ms", config.database.deadline_ms.to_string())]),
        (
            "TLS",
            vec![
                ("TLS", tls.to_owned()),
                ("tls.client_certificates", yes_no(config.tls.client_certificates != ClientCertificates::Off)),
                ("trusted_proxies", config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
            ],
        ),
        (
            "Gate",
            vec![
                ("gate.route", config.gate.route.len().to_string()),
                ("gate.capacity", config.gate.capacity.to_string()),
                ("gate.max_staleness_ms", config.gate.max_staleness_ms.to_string()),
                ("gate.dpop_nonce", yes_no(config.gate.dpop_nonce)),
            ],
        ),
        (
            "Signing",
            vec![
                ("signing.algorithm", config.signing.algorithm.clone()),
                ("signing.rotate_every", config.signing.rotate_every.0.to_string()),
                ("signing.publish_before", config.signing.publish_before.0.to_string()),
            ],
        ),
    ]
}
