//! Contests: the same load at Jeton and at other authorization servers of the same machine, in turn, never at the same time. Each is one
//! server pinned to the first core; the load is on the second.

use crate::{
    installation::{AUDIENCE, Database, Installation},
    lanes::{self, Lane, Timed, form_request},
    load::{Connection, request},
    pairs::median,
    process::{self, Server},
    report::{Goal, Line},
};
use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// Keep-alive connections of the load.
pub const CONNECTIONS: usize = 64;
/// How often each is measured.
const ROUNDS: usize = 5;
/// How long, each time.
const TIME: Duration = Duration::from_millis(1500);
/// Where an app of the bench is answered; nobody listens there.
const REDIRECT_URI: &str = "https://app.example.test/callback";
const PERSON: &str = "ada";
const PASSWORD: &str = "correct horse battery staple";

/// An authorization server and a client of it.
pub struct Contestant {
    /// What it is called in the table.
    pub name: &'static str,
    /// The process.
    pub server: Server,
    /// Its token endpoint.
    pub token: &'static str,
    /// Its introspection endpoint.
    pub introspection: &'static str,
    /// The client's `Basic` credential.
    pub basic: String,
    /// The form that asks for a token for the client itself.
    pub form: String,
    _kept: Kept,
}

/// What must live as long as a contestant.
enum Kept {
    Installation { installation: Box<Installation>, client: Value },
    Folder { _folder: tempfile::TempDir },
    Nothing,
}

fn basic(id: &str, secret: &str) -> String {
    STANDARD.encode(format!("{id}:{secret}"))
}

fn peer(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(file)
}

/// Jeton on SQLite, durable as it comes, with a client and a person.
pub async fn jeton() -> Result<Contestant> {
    let address = process::free_address()?;
    let issuer = format!("http://{address}");
    let installation = Installation::prepare_for(&issuer, &Database::Sqlite, None, "")?;
    let node = installation.start_at("0", address)?;
    installation.declare_api(&node).await?;
    command(
        &installation,
        &issuer,
        &["user", "add", PERSON, "--email", "ada@example.test", "--role", "developer", "--password-stdin"],
        PASSWORD,
    )?;
    let metadata = json!({
        "client_name": "Bench",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["client_credentials", "authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "offline_access orders:read",
    });
    let register = ["client", "register", "--metadata", "-", "--approve", "--introspects", AUDIENCE, "--json"];
    let client: Value = serde_json::from_str(&command(&installation, &issuer, &register, &metadata.to_string())?)?;
    let text = |name: &str| client[name].as_str().with_context(|| format!("a registered client has a `{name}`"));
    Ok(Contestant {
        name: "Jeton",
        server: node.server,
        token: "/oauth/token",
        introspection: "/oauth/introspect",
        basic: basic(text("client_id")?, text("client_secret")?),
        form: format!("grant_type=client_credentials&scope=orders%3Aread&resource={}", AUDIENCE.replace(':', "%3A").replace('/', "%2F")),
        _kept: Kept::Installation { installation: Box::new(installation), client },
    })
}

/// Runs a command of the program as the owner and gives what it prints.
fn command(installation: &Installation, issuer: &str, arguments: &[&str], input: &str) -> Result<String> {
    let mut command = Command::new(process::jeton()?);
    command.args(arguments).current_dir(installation.path()).env("JETON_URL", issuer).env("JETON_TOKEN", &installation.owner);
    piped(command, input)
}

/// Runs a command with this on its standard input and gives what it prints.
fn piped(mut command: Command, input: &str) -> Result<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().with_context(|| format!("{command:?} does not start"))?;
    child.stdin.take().context("standard input")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("{command:?} gave {}", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// npm `oidc-provider` with everything in memory.
pub fn oidc_provider() -> Result<Contestant> {
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join("../node_modules/oidc-provider").exists() {
        bail!("oidc-provider is missing: `make prepare` installs it");
    }
    let address = process::free_address()?;
    let mut command = process::pinned(&PathBuf::from("node"));
    command.arg(peer("oidc_provider.mjs")).arg(address.to_string()).stderr(Stdio::null());
    Ok(Contestant {
        name: "oidc-provider",
        server: Server::start(command, address)?,
        token: "/token",
        introspection: "/token/introspection",
        basic: basic("bench", "bench-secret-of-no-use"),
        form: "grant_type=client_credentials&scope=orders%3Aread".to_owned(),
        _kept: Kept::Nothing,
    })
}

/// Debian's Glewlwyd on SQLite.
pub fn glewlwyd() -> Result<Contestant> {
    if !Path::new("/usr/bin/glewlwyd").exists() {
        bail!("glewlwyd is missing: `make bench-peers` installs it");
    }
    let (address, folder) = (process::free_address()?, tempfile::tempdir()?);
    let mut command = process::pinned(&PathBuf::from("python3"));
    command.arg(peer("glewlwyd.py")).arg(address.to_string()).arg(folder.path()).stderr(Stdio::null());
    Ok(Contestant {
        name: "Glewlwyd",
        server: Server::start(command, address)?,
        token: "/api/oidc/token",
        introspection: "/api/oidc/introspect",
        basic: basic("bench", "bench-secret-of-no-use"),
        form: "grant_type=client_credentials&scope=orders".to_owned(),
        _kept: Kept::Folder { _folder: folder },
    })
}

impl Contestant {
    /// The request for a token for the client itself.
    pub fn token_request(&self) -> Vec<u8> {
        form_request(self.token, &self.basic, &self.form)
    }
    /// A token for the client itself.
    pub async fn issue(&self) -> Result<String> {
        let answer = Connection::open(self.server.address).await?.send(&self.token_request()).await?.json()?;
        Ok(answer["access_token"].as_str().with_context(|| format!("{}: {answer}", self.name))?.to_owned())
    }
    /// As many refresh families as there are connections, each of a person who signed in.
    pub async fn families(&self) -> Result<Vec<lanes::Family>> {
        let tokens = match &self._kept {
            Kept::Installation { installation, client } => self.signed_in(installation, client)?,
            Kept::Nothing => self.refresh_tokens(&request("POST", "/family", None, "{}")).await?,
            Kept::Folder { .. } => {
                let form = "grant_type=password&scope=orders&username=ada&password=correct+horse";
                self.refresh_tokens(&form_request(self.token, &self.basic, form)).await?
            }
        };
        Ok(tokens.into_iter().map(|token| lanes::Family::new(self.token, &self.basic, token)).collect())
    }
    async fn refresh_tokens(&self, request: &[u8]) -> Result<Vec<String>> {
        let mut connection = Connection::open(self.server.address).await?;
        let mut tokens = Vec::new();
        for _ in 0..CONNECTIONS {
            let answer = connection.send(request).await?.json()?;
            tokens.push(answer["refresh_token"].as_str().with_context(|| format!("{}: {answer}", self.name))?.to_owned());
        }
        Ok(tokens)
    }
    /// At Jeton a person signs in by its pages, which a script goes through.
    fn signed_in(&self, installation: &Installation, client: &Value) -> Result<Vec<String>> {
        let told = json!({
            "issuer": format!("http://{}", self.server.address),
            "person": {"username": PERSON, "password": PASSWORD},
            "client": client,
            "redirect_uri": REDIRECT_URI,
            "resource": AUDIENCE,
            "scope": "offline_access orders:read",
            "count": CONNECTIONS,
        });
        let mut command = Command::new("node");
        command.arg(peer("families.mjs")).current_dir(installation.path());
        Ok(serde_json::from_str(&piped(command, &told.to_string())?)?)
    }
}

/// One side of a contest: a server and the connections to it.
pub struct Side<L> {
    /// The server.
    pub contestant: Contestant,
    /// What its connections send.
    pub lanes: Vec<L>,
}

/// Measures all sides in turn, the first of which is Jeton, and gives its rate, and for each other the ratio of the rates and of the
/// times within which 99 of 100 answers came.
pub async fn compare<L: Lane + 'static>(what: &str, mut sides: Vec<Side<L>>, rate: Option<Goal>, ratio: Option<f64>) -> Result<Vec<Line>> {
    let mut runs: Vec<Vec<Timed>> = sides.iter().map(|_| Vec::new()).collect();
    for round in 0..=ROUNDS {
        for (side, runs) in sides.iter_mut().zip(&mut runs) {
            let time = if round == 0 { TIME / 3 } else { TIME };
            let timed = lanes::run(side.contestant.server.address, &mut side.lanes, time).await;
            let timed = timed.with_context(|| side.contestant.name)?;
            // The first round only warms up.
            if round > 0 {
                runs.push(timed);
            }
        }
    }
    let (Some((own, others)), Some((_, rivals))) = (runs.split_first(), sides.split_first()) else { bail!("nobody to compare") };
    let note = |runs: &[Timed]| {
        let of = |value: fn(&Timed) -> f64| median(&mut runs.iter().map(value).collect::<Vec<f64>>());
        format!("{:.0}/s, p99 {:.1} ms", of(|run| run.rate), of(|run| run.p99_ms))
    };
    let mut lines = vec![Line::of_runs(
        format!("{what}, {CONNECTIONS} connections"),
        own.iter().map(|run| run.rate).collect(),
        "/s",
        rate,
        format!("{}; no error", note(own)),
    )];
    for (rival, runs) in rivals.iter().zip(others) {
        let name = rival.contestant.name;
        let by = |value: fn(&Timed) -> f64| own.iter().zip(runs).map(|(own, other)| value(own) / value(other)).collect::<Vec<f64>>();
        let told = format!("{} against {}", note(own), note(runs));
        lines.push(Line::of_runs(format!("{what} / {name}"), by(|run| run.rate), "x", ratio.map(Goal::AtLeast), told));
        lines.push(Line::of_runs(format!("{what} / {name}, p99"), by(|run| run.p99_ms), "x", Some(Goal::AtMost(1.0)), "shorter is better"));
    }
    Ok(lines)
}
