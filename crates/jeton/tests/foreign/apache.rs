//! Debian's Apache with mod_auth_openidc, as a site whose visitors sign in and as an API. It runs in the foreground, in a folder of its
//! own, without any right where the tests run as root; nothing of the system's configuration is read.

use super::{
    authority::Authority,
    certificates,
    installation::{free_address, until},
    script::{self, Process},
};
use serde_json::json;
use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::{MetadataExt, chown},
    path::Path,
    process::{Command, Stdio},
};
use tokio::net::TcpStream;

const PROGRAM: &str = "/usr/sbin/apache2";
const MODULE: &str = "/usr/lib/apache2/modules/mod_auth_openidc.so";
/// The account that owns nothing.
const NOBODY: u32 = 65_534;

/// A running Apache.
struct Apache {
    _process: Process,
    _folder: tempfile::TempDir,
}

/// Where its site and its two APIs are.
#[derive(Clone, Copy)]
struct Places {
    site: SocketAddr,
    api: SocketAddr,
    local: SocketAddr,
}

fn url(place: SocketAddr) -> String {
    format!("https://localhost:{}", place.port())
}

impl Apache {
    async fn start(authority: &Authority, places: Places) -> Self {
        for (file, package) in [(PROGRAM, "apache2"), (MODULE, "libapache2-mod-auth-openidc")] {
            assert!(Path::new(file).exists(), "`{file}` is missing: install the Debian package `{package}`");
        }
        let folder = tempfile::tempdir().expect("a folder");
        lay_out(folder.path(), authority, places);
        let is_root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
        let mut command = if is_root {
            give_away(folder.path());
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned(), PROGRAM.to_owned()]);
            command
        } else {
            Command::new(PROGRAM)
        };
        command.arg("-X").arg("-d").arg(folder.path()).arg("-f").arg(folder.path().join("foundation.conf"));
        let child = command.stdin(Stdio::null()).spawn().expect("Apache starts");
        let mut apache = Self { _process: Process(child), _folder: folder };
        until("Apache listens", async || {
            let ended = apache._process.0.try_wait().expect("a child");
            assert!(ended.is_none(), "Apache ended: {ended:?}");
            TcpStream::connect(places.local).await.ok().map(drop)
        })
        .await;
        apache
    }
}

/// Writes its configuration, its pages and its certificates.
fn lay_out(folder: &Path, authority: &Authority, places: Places) {
    let issuer = authority.told("/issuer");
    let (introspection, keys) = (format!("{issuer}/oauth/introspect"), format!("{issuer}/oauth/jwks"));
    let ports = [places.site, places.api, places.local].map(|place| place.port().to_string());
    let [site_port, api_port, local_port] = &ports;
    let filled = [
        ("ROOT", folder.to_str().expect("a path")),
        ("ISSUER", issuer),
        ("INTROSPECTION", &introspection),
        ("JWKS", &keys),
        ("SCOPE", authority.told("/api/scopes/0")),
        ("SITE_PORT", site_port),
        ("API_PORT", api_port),
        ("LOCAL_PORT", local_port),
        ("SITE_ID", authority.told("/clients/site/client_id")),
        ("SITE_SECRET", authority.told("/clients/site/client_secret")),
        ("READER_ID", authority.told("/clients/reader/client_id")),
        ("READER_SECRET", authority.told("/clients/reader/client_secret")),
    ];
    for name in ["foundation.conf", "relying_party.conf", "resource_server.conf"] {
        let mut text = fs::read_to_string(script::folder().join("apache").join(name)).expect("a template");
        for (key, value) in filled {
            text = text.replace(&format!("@{key}@"), value);
        }
        fs::write(folder.join(name), text).expect("a configuration");
    }
    for name in certificates::FILES {
        fs::copy(authority.folder.join(name), folder.join(name)).expect("a certificate");
    }
    fs::create_dir(folder.join("cache")).expect("a folder");
    for page in ["app", "api", "bye"] {
        let page = folder.join("www").join(page);
        fs::create_dir_all(&page).expect("a folder");
        fs::write(page.join("index.html"), "<p>here</p>").expect("a page");
    }
}

/// Gives a folder and all below it to nobody.
fn give_away(folder: &Path) {
    chown(folder, Some(NOBODY), Some(NOBODY)).expect("an owner");
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { give_away(&path) } else { chown(path, Some(NOBODY), Some(NOBODY)).expect("an owner") }
    }
}

async fn passes(scenario: &str) {
    let places = Places { site: free_address(), api: free_address(), local: free_address() };
    let mut authority = Authority::with(&url(places.site), "", true).await;
    let _apache = Apache::start(&authority, places).await;
    authority.setting["apache"] = json!({"site": url(places.site), "api": url(places.api), "local": url(places.local)});
    authority.passes(scenario).await;
}

#[tokio::test]
async fn visitors_of_a_site_sign_in() {
    passes("apache/relying_party.mjs").await;
}

#[tokio::test]
async fn an_api_asks_about_tokens_and_reads_them() {
    passes("apache/resource_server.mjs").await;
}
