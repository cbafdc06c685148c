//! TLS by certificate files: served, and taken up again when the files change, without a restart.

use super::installation::{Installation, Node, free_address, program, until};
use std::{
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

/// Writes a fresh self-signed pair and gives the certificate.
fn write_pair(folder: &Path) -> reqwest::Certificate {
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let certificate = pair.cert.pem();
    // The key first: whoever sees the new certificate finds its key there.
    std::fs::write(folder.join("key.pem"), pair.signing_key.serialize_pem()).expect("a file");
    std::fs::write(folder.join("certificate.pem"), &certificate).expect("a file");
    reqwest::Certificate::from_pem(certificate.as_bytes()).expect("a certificate")
}

/// A client that trusts nothing but one certificate, with a connection of its own.
fn client(trusted: &reqwest::Certificate, address: SocketAddr) -> reqwest::Client {
    let builder = reqwest::Client::builder().tls_certs_only([trusted.clone()]).resolve("localhost", address);
    builder.build().expect("a client")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_taken_up_when_their_files_change() {
    let installation = Installation::on_sqlite("[tls]\ncertificate = \"certificate.pem\"\nkey = \"key.pem\"\n");
    let first = write_pair(installation.path());
    let node: Node = installation.start().await;
    let url = format!("https://localhost:{}/v1/self", node.address.port());
    let before = client(&first, node.address).get(&url).bearer_auth(&installation.owner).send().await;
    assert_eq!(before.expect("the first certificate is served").status().as_u16(), 200);
    let plain = reqwest::get(format!("http://{}/v1/self", node.address)).await;
    assert!(plain.is_err() || plain.is_ok_and(|answer| answer.status().as_u16() == 400), "plain HTTP is answered where TLS is set up");

    let second = write_pair(installation.path());
    until("the second certificate is served", async || {
        let answer = client(&second, node.address).get(&url).bearer_auth(&installation.owner).send().await;
        answer.ok().map(|answer| assert_eq!(answer.status().as_u16(), 200))
    })
    .await;
    assert!(client(&first, node.address).get(&url).send().await.is_err(), "the first certificate is still served");

    // A pair that does not fit is reported, and the one before goes on.
    std::fs::write(installation.path().join("certificate.pem"), "no certificate\n").expect("a file");
    until("the wrong file is reported", async || node.said().contains("certificate").then_some(())).await;
    let after = client(&second, node.address).get(&url).bearer_auth(&installation.owner).send().await;
    assert_eq!(after.expect("the good certificate is still served").status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_name_that_is_asked_for_decides_which_certificate_is_shown() {
    let more = "[tls]\ncertificate = \"certificate.pem\"\nkey = \"key.pem\"\n\n[[tls.more]]\ncertificate = \"b.pem\"\nkey = \"b.key\"\n";
    let installation = Installation::on_sqlite(more);
    let first = write_pair(installation.path());
    let names = vec!["api.example.test".to_owned(), "*.apps.example.test".to_owned()];
    let pair = rcgen::generate_simple_self_signed(names).expect("a certificate");
    std::fs::write(installation.path().join("b.pem"), pair.cert.pem()).expect("a file");
    std::fs::write(installation.path().join("b.key"), pair.signing_key.serialize_pem()).expect("a file");
    let second = reqwest::Certificate::from_pem(pair.cert.pem().as_bytes()).expect("a certificate");
    let node = installation.start().await;
    let is_shown = async |trusted: &reqwest::Certificate, name: &str| {
        let builder = reqwest::Client::builder().tls_certs_only([trusted.clone()]).resolve(name, node.address);
        let url = format!("https://{name}:{}/oauth/jwks", node.address.port());
        builder.build().expect("a client").get(url).send().await.is_ok()
    };
    assert!(is_shown(&first, "localhost").await && !is_shown(&second, "localhost").await);
    for name in ["api.example.test", "one.apps.example.test"] {
        assert!(is_shown(&second, name).await && !is_shown(&first, name).await, "{name}");
    }
    assert!(!is_shown(&second, "two.one.apps.example.test").await, "a wildcard is one label");
}

#[test]
fn a_key_without_its_certificate_does_not_start() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("jeton.toml"), "[tls]\nkey = \"key.pem\"\n").expect("a configuration");
    let mut command = Command::new(program());
    command.args(["serve", "--config", "jeton.toml"]).current_dir(folder.path()).env("JETON_LISTEN", free_address().to_string());
    let output = command.stdin(Stdio::null()).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("certificate"), "{said}");
}
