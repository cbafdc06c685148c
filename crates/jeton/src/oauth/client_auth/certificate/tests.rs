//! Tests: which certificate proves which registration.

use super::*;
use jeton_core::oauth::registration::AuthMethod;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};

fn der() -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Example");
    params.distinguished_name.push(DnType::CommonName, "worker");
    params.subject_alt_names = vec![
        SanType::DnsName("worker.example.com".try_into().unwrap()),
        SanType::URI("spiffe://example.com/worker".try_into().unwrap()),
        SanType::IpAddress("192.0.2.7".parse().unwrap()),
        SanType::Rfc822Name("worker@example.com".try_into().unwrap()),
    ];
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

fn by_name(set: impl Fn(&mut Registration)) -> Registration {
    let mut client = Registration { token_endpoint_auth_method: AuthMethod::TlsClientAuth, ..Registration::default() };
    set(&mut client);
    client
}

#[test]
fn the_registered_name_of_a_verified_certificate_proves_the_client() {
    let der = der();
    let (verified, unverified) = (ClientCertificate::read(&der, true), ClientCertificate::read(&der, false));
    let text = |text: &str| Some(text.to_owned());
    let clients = [
        by_name(|client| client.tls_client_auth_subject_dn = text("CN=worker, O=Example")),
        by_name(|client| client.tls_client_auth_san_dns = text("Worker.example.com")),
        by_name(|client| client.tls_client_auth_san_uri = text("spiffe://example.com/worker")),
        by_name(|client| client.tls_client_auth_san_ip = text("192.0.2.7")),
        by_name(|client| client.tls_client_auth_san_email = text("worker@example.com")),
    ];
    for client in &clients {
        assert!(proves(client, &verified), "{client:?}");
        assert!(!proves(client, &unverified), "nobody vouches for the name: {client:?}");
    }
}

#[test]
fn another_name_no_name_and_several_names_prove_nothing() {
    let shown = ClientCertificate::read(&der(), true);
    let text = |text: &str| Some(text.to_owned());
    let clients = [
        by_name(|_| {}),
        by_name(|client| client.tls_client_auth_subject_dn = text("CN=worker")),
        by_name(|client| client.tls_client_auth_subject_dn = text("")),
        by_name(|client| client.tls_client_auth_san_dns = text("example.com")),
        by_name(|client| client.tls_client_auth_san_uri = text("worker.example.com")),
        by_name(|client| client.tls_client_auth_san_ip = text("192.0.2.8")),
        by_name(|client| client.tls_client_auth_san_email = text("other@example.com")),
        by_name(|client| {
            client.tls_client_auth_subject_dn = text("CN=worker,O=Example");
            client.tls_client_auth_san_dns = text("worker.example.com");
        }),
    ];
    for client in &clients {
        assert!(!proves(client, &shown), "{client:?}");
    }
}
