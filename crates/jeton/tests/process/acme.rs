//! A certificate by ACME, from a real server of the protocol: Pebble, which looks the domain up at its own DNS server and shakes hands
//! with the listener to see that it is ours.

use super::installation::{Installation, free_address, until};
use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const DOMAIN: &str = "auth.jeton.test";
/// How long a certificate is good that is to be renewed while a test looks on.
const LIFE: Duration = Duration::from_secs(20);

/// A program that ends with this value.
struct Started(Child);

impl Started {
    fn new(program: &str, folder: &Path, arguments: &[String]) -> Self {
        let log = std::fs::File::create(folder.join(format!("{}.log", program.replace('/', "-")))).expect("a log");
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).env("PEBBLE_VA_NOSLEEP", "1").env("PEBBLE_WFE_NONCEREJECT", "0");
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
        Self(command.spawn().unwrap_or_else(|fault| panic!("`{program}` does not start, install Debian's `pebble`: {fault}")))
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Pebble with its DNS server, which knows every name to be here.
struct Pebble {
    address: SocketAddr,
    management: SocketAddr,
    own: reqwest::Certificate,
    _programs: [Started; 2],
}

impl Pebble {
    /// Starts it; challenges are met at `listener`, and what it signs is good for so many seconds.
    fn start(folder: &Path, listener: SocketAddr, life_seconds: u64) -> Self {
        let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        std::fs::write(folder.join("pebble.pem"), pair.cert.pem()).expect("a file");
        std::fs::write(folder.join("pebble.key"), pair.signing_key.serialize_pem()).expect("a file");
        let [address, management, dns, control, unused] = std::array::from_fn(|_| free_address());
        let config = serde_json::json!({"pebble": {
            "listenAddress": address.to_string(), "managementListenAddress": management.to_string(),
            "certificate": "pebble.pem", "privateKey": "pebble.key", "httpPort": unused.port(), "tlsPort": listener.port(),
            "certificateValidityPeriod": life_seconds,
        }});
        std::fs::write(folder.join("pebble.json"), config.to_string()).expect("a file");
        let text = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let (dns, control) = (dns.to_string(), control.to_string());
        let names = ["-dns01", &dns, "-management", &control, "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""];
        let names = Started::new("pebble-challtestsrv", folder, &text(&names));
        let server = Started::new("pebble", folder, &text(&["-config", "pebble.json", "-dnsserver", &dns]));
        let own = reqwest::Certificate::from_pem(pair.cert.pem().as_bytes()).expect("a certificate");
        Self { address, management, own, _programs: [names, server] }
    }
    /// The authority that its certificates come from.
    async fn root(&self) -> reqwest::Certificate {
        let client = reqwest::Client::builder().tls_certs_only([self.own.clone()]).build().expect("a client");
        let url = format!("https://localhost:{}/roots/0", self.management.port());
        let pem = until("Pebble answers", async || client.get(&url).send().await.ok()?.bytes().await.ok()).await;
        reqwest::Certificate::from_pem(&pem).expect("a certificate")
    }
}

/// A client that trusts nobody but this authority, and knows where the domain is.
fn client(root: &reqwest::Certificate, address: SocketAddr) -> reqwest::Client {
    reqwest::Client::builder().tls_certs_only([root.clone()]).resolve(DOMAIN, address).build().expect("a client")
}

/// An installation that gets its certificate from this server.
fn installation(folder: &Path, pebble: &Pebble) -> Installation {
    Installation::on_sqlite(&format!(
        "[tls.acme]\ndomains = [\"{DOMAIN}\"]\ncontact = [\"mailto:admin@example.com\"]\nagree_to_terms = true\n\
         directory = \"https://localhost:{}/dir\"\nca = \"{}\"\n",
        pebble.address.port(),
        folder.join("pebble.pem").display()
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_obtained_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = free_address();
    let pebble = Pebble::start(folder.path(), address, 90 * 86_400);
    let root = pebble.root().await;
    let installation = installation(folder.path(), &pebble);
    let url = format!("https://{DOMAIN}:{}/oauth/jwks", address.port());
    let node = installation.start_at(address).await;
    let served = async || client(&root, address).get(&url).send().await.ok().filter(|answer| answer.status().is_success()).map(drop);
    until("a certificate of Pebble's is served", served).await;
    let kept = installation.path().join("jeton-data/acme");
    for name in ["account.json", "certificate.pem", "key.pem"] {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(kept.join(name)).expect("a file")) & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    let first = std::fs::read(kept.join("certificate.pem")).expect("a file");
    let (status, _) = node.stop().await;
    assert!(status.success());

    // It is good for long: nobody is asked at the next start.
    drop(pebble);
    let again = installation.start_at(address).await;
    assert!(client(&root, address).get(&url).send().await.expect("served at once").status().is_success());
    assert_eq!(std::fs::read(kept.join("certificate.pem")).expect("a file"), first);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_followed_by_another_before_it_ends_and_nobody_notices() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = free_address();
    let pebble = Pebble::start(folder.path(), address, LIFE.as_secs());
    let root = pebble.root().await;
    let installation = installation(folder.path(), &pebble);
    let kept = installation.path().join("jeton-data/acme/certificate.pem");
    let node = installation.start_at(address).await;
    let url = format!("https://{DOMAIN}:{}/oauth/jwks", address.port());
    // A new connection each time: what is shown is looked at each time.
    let is_served = async || client(&root, address).get(&url).send().await.is_ok_and(|answer| answer.status().is_success());
    until("a first certificate is served", async || is_served().await.then_some(())).await;
    let first = std::fs::read(&kept).expect("a file");
    let begun = Instant::now();
    let mut seen = 0;
    until("another one is obtained", async || {
        assert!(is_served().await, "not served {:?} after the first certificate", begun.elapsed());
        seen += 1;
        std::fs::read(&kept).ok().filter(|now| *now != first)
    })
    .await;
    assert!(begun.elapsed() < LIFE, "the first one ended before: {:?}", begun.elapsed());
    // Beyond the end of the first one: it is the next that is shown.
    until("the first one has ended", async || {
        assert!(is_served().await, "not served {:?} after the first certificate", begun.elapsed());
        (begun.elapsed() > LIFE).then_some(())
    })
    .await;
    println!("served {seen} times, renewed while the first certificate was good");
    let (status, _) = node.stop().await;
    assert!(status.success());
}
