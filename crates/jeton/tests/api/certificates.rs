//! Certificates of clients over real TLS and behind proxies: who is known by one, and what is bound to one (RFC 8705).

use crate::{
    oauth::token::rig::{App, Rig, refused},
    oauth_clients::documents::Site,
    upstream,
    world::{Bearer, ORDERS, On, Reply},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jeton::config::{ClientCertificates, Config};
use jeton_core::oauth::registration::AuthMethod;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType, date_time_ymd,
};
use serde_json::json;
use std::path::Path;

const GRANT: [(&str, &str); 3] = [("grant_type", "client_credentials"), ("scope", "orders:read"), ("resource", ORDERS)];
const NAME: &str = "worker.example.com";

/// A certificate of a client.
struct Shown {
    der: Vec<u8>,
    /// With its key, as a client holds it.
    identity: String,
}

impl Shown {
    /// As `Client-Cert` has it.
    fn field(&self) -> String {
        format!(":{}:", STANDARD.encode(&self.der))
    }
}

fn authority() -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Authority");
    let key = KeyPair::generate().expect("a key");
    let pem = params.self_signed(&key).expect("a certificate").pem();
    (pem, Issuer::new(params, key))
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Example");
    params.distinguished_name.push(DnType::CommonName, "worker");
    params.subject_alt_names = vec![SanType::DnsName(NAME.try_into().expect("a name"))];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// A certificate by this authority, or by itself.
fn shown(params: &CertificateParams, by: Option<&Issuer<'static, KeyPair>>) -> Shown {
    let key = KeyPair::generate().expect("a key");
    let certificate = match by {
        Some(issuer) => params.signed_by(&key, issuer),
        None => params.self_signed(&key),
    };
    let certificate = certificate.expect("a certificate");
    Shown { der: certificate.der().to_vec(), identity: format!("{}{}", certificate.pem(), key.serialize_pem()) }
}

/// Serves TLS with a fresh certificate and asks clients for theirs.
fn serve_tls(config: &mut Config, folder: &Path, authority: Option<&str>) {
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).expect("a file");
        folder.join(name)
    };
    config.tls.certificate = Some(write("certificate.pem", &pair.cert.pem()));
    config.tls.key = Some(write("key.pem", &pair.signing_key.serialize_pem()));
    config.tls.client_certificates = ClientCertificates::Request;
    config.tls.client_ca = authority.map(|pem| write("authorities.pem", pem));
}

/// A client that is known by the name in its certificate, with tokens that are bound to it.
async fn by_name(rig: &Rig) -> App {
    rig.register(AuthMethod::TlsClientAuth, |client| {
        client.registration.tls_client_auth_san_dns = Some(NAME.to_owned());
        client.registration.tls_client_certificate_bound_access_tokens = true;
    })
    .await
}

/// Asks for a token over a connection of its own.
async fn ask(rig: &Rig, app: &App, identity: Option<&Shown>, headers: &[(&str, &str)]) -> Reply {
    let fields = [&GRANT[..], &[("client_id", app.client.client_id.as_str())]].concat();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let http = rig.showing(identity.map(|shown| shown.identity.as_str()));
    let request = http.post(format!("{}/oauth/token", rig.base())).header("content-type", "application/x-www-form-urlencoded").body(body);
    rig.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

/// Calls the guarded API over a connection of its own.
async fn call(rig: &Rig, token: &str, identity: Option<&Shown>) -> Reply {
    let http = rig.showing(identity.map(|shown| shown.identity.as_str()));
    rig.send(http.get(format!("{}/v1/orders/7", rig.base())).bearer_auth(token)).await
}

fn guarded(config: &mut Config, upstream: std::net::SocketAddr) {
    let route = json!({"path": "/v1/orders/**", "audience": ORDERS, "scopes": ["orders:read"], "upstream": format!("http://{upstream}")});
    config.gate.route = vec![serde_json::from_value(route).expect("a route")];
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_known_by_a_certificate_of_an_authority() {
    let ((pem, issuer), (_, stranger)) = (authority(), authority());
    let folder = tempfile::tempdir().expect("a folder");
    let rig = Rig::on(On::Sqlite, |config| serve_tls(config, folder.path(), Some(&pem))).await;
    let app = by_name(&rig).await;
    let own = shown(&params(), Some(&issuer));
    ask(&rig, &app, Some(&own), &[]).await.expect(200);
    let subject = rig.register(AuthMethod::TlsClientAuth, |client| {
        client.registration.tls_client_auth_subject_dn = Some("cn=worker, o=Example".to_owned());
    });
    let subject = subject.await;
    ask(&rig, &subject, Some(&own), &[]).await.expect(200);
    let (mut named, mut old, mut server) = (params(), params(), params());
    named.subject_alt_names = vec![SanType::DnsName("other.example.com".try_into().expect("a name"))];
    old.not_before = date_time_ymd(2020, 1, 1);
    old.not_after = date_time_ymd(2021, 1, 1);
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    for (what, other) in [
        ("nothing", None),
        ("its own word", Some(shown(&params(), None))),
        ("an authority of the same name that is not trusted", Some(shown(&params(), Some(&stranger)))),
        ("another name", Some(shown(&named, Some(&issuer)))),
        ("an old certificate", Some(shown(&old, Some(&issuer)))),
        ("a certificate for servers", Some(shown(&server, Some(&issuer)))),
    ] {
        let reply = ask(&rig, &app, other.as_ref(), &[]).await;
        assert_eq!(reply.str("/error"), "invalid_client", "{what}: {}", reply.text);
        refused(&reply, 401, "invalid_client");
        // The handshake is none of the reasons: what is open stays open to every certificate.
        let http = rig.showing(other.as_ref().map(|shown| shown.identity.as_str()));
        rig.send(http.get(format!("{}/oauth/jwks", rig.base()))).await.expect(200);
    }
    // A header is no certificate, whoever sends it.
    refused(&ask(&rig, &app, None, &[("client-cert", &own.field())]).await, 401, "invalid_client");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_authority_no_name_counts_and_registered_certificates_do() {
    let (_, issuer) = authority();
    let folder = tempfile::tempdir().expect("a folder");
    let rig = Rig::on(On::Sqlite, |config| serve_tls(config, folder.path(), None)).await;
    let own = shown(&params(), Some(&issuer));
    refused(&ask(&rig, &by_name(&rig).await, Some(&own), &[]).await, 401, "invalid_client");
    let (own, other) = (shown(&params(), None), shown(&params(), None));
    let x5c = STANDARD.encode(&own.der);
    let app = rig.register(AuthMethod::SelfSignedTlsClientAuth, |client| {
        client.registration.jwks = Some(json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "", "y": "", "x5c": [x5c]}]}));
    });
    let app = app.await;
    ask(&rig, &app, Some(&own), &[]).await.expect(200);
    refused(&ask(&rig, &app, Some(&other), &[]).await, 401, "invalid_client");
    refused(&ask(&rig, &app, None, &[]).await, 401, "invalid_client");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_found_where_the_client_publishes_its_keys() {
    let (folder, site) = (tempfile::tempdir().expect("a folder"), Site::start().await);
    let config = |config: &mut Config| {
        serve_tls(config, folder.path(), None);
        config.oauth.development = true;
    };
    let rig = Rig::on(On::Sqlite, config).await;
    let (own, other) = (shown(&params(), None), shown(&params(), None));
    site.serve(&json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "", "y": "", "x5c": [STANDARD.encode(&own.der)]}]}));
    let app = rig.register(AuthMethod::SelfSignedTlsClientAuth, |client| client.registration.jwks_uri = Some(site.id())).await;
    ask(&rig, &app, Some(&own), &[]).await.expect(200);
    refused(&ask(&rig, &app, Some(&other), &[]).await, 401, "invalid_client");
    refused(&ask(&rig, &app, None, &[]).await, 401, "invalid_client");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_token_is_good_with_its_certificate_alone() {
    let (pem, issuer) = authority();
    let (folder, upstream) = (tempfile::tempdir().expect("a folder"), upstream::start().await);
    let config = |config: &mut Config| {
        serve_tls(config, folder.path(), Some(&pem));
        guarded(config, upstream);
    };
    let rig = Rig::on(On::Sqlite, config).await;
    let app = by_name(&rig).await;
    let (own, same_name) = (shown(&params(), Some(&issuer)), shown(&params(), Some(&issuer)));
    let token = ask(&rig, &app, Some(&own), &[]).await.expect(200);
    let token = token.str("/access_token");
    call(&rig, token, Some(&own)).await.expect(200);
    for other in [None, Some(&same_name), Some(&shown(&params(), None))] {
        let reply = call(&rig, token, other).await;
        reply.refused(401, "binding_mismatch");
        assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""), "{}", reply.header("www-authenticate"));
    }
    let stolen = rig.request(&Bearer(token.to_owned()), "GET", "/v1/orders/7").header("client-cert", own.field());
    rig.send(stolen).await.refused(401, "binding_mismatch");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_hands_a_certificate_on_and_nobody_else_does() {
    let (_, issuer) = authority();
    let own = shown(&params(), Some(&issuer));
    for (proxies, verified, known) in [("127.0.0.1/32", true, true), ("127.0.0.1/32", false, false), ("192.0.2.1/32", true, false)] {
        let rig = Rig::on(On::Sqlite, |config| {
            config.trusted_proxies = vec![proxies.parse().expect("a network")];
            config.tls.client_certificate_header = Some("Client-Cert".to_owned());
            config.tls.client_certificate_verified_by_proxy = verified;
            guarded(config, ([127, 0, 0, 1], 9).into());
        });
        let rig = rig.await;
        let app = by_name(&rig).await;
        let reply = ask(&rig, &app, None, &[("client-cert", &own.field())]).await;
        if !known {
            refused(&reply, 401, "invalid_client");
            continue;
        }
        let token = reply.expect(200).str("/access_token").to_owned();
        for garbage in ["", ":", "x", ":AAAA:", "%"] {
            refused(&ask(&rig, &app, None, &[("client-cert", garbage)]).await, 401, "invalid_client");
        }
        let twice = [("client-cert", own.field()), ("client-cert", own.field())];
        let twice: Vec<_> = twice.iter().map(|(name, value)| (*name, value.as_str())).collect();
        refused(&ask(&rig, &app, None, &twice).await, 401, "invalid_client");
        // The question of a proxy, with the certificate that it hands on.
        let question = |field: &str| {
            let request = rig.request(&Bearer(token.clone()), "GET", "/gate/check").header("x-original-method", "GET");
            rig.send(request.header("x-original-uri", "/v1/orders/7").header("client-cert", field))
        };
        question(&own.field()).await.expect(200);
        question("").await.refused(401, "binding_mismatch");
        question(&shown(&params(), Some(&issuer)).field()).await.refused(401, "binding_mismatch");
    }
}
