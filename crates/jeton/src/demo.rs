//! The demonstration: authority, gate and a sample API on loopback, with fresh data in a folder that goes with it.
//!
//! Never for anything but loopback, and never with data that anybody wants to keep.

mod folder;
mod ports;
mod sample;
mod screen;

pub use screen::{Line, document, lines, set_up};

use crate::{
    bootstrap,
    client::{Authority, Call, CallError},
    config::{Config, LogConfig},
    listener::ListenFault,
    serve::{self, StartFault},
    telemetry,
};
use anyhow::Context;
use folder::Folder;
use serde_json::{Value, json};
use std::{net::SocketAddr, path::Path};
use zeroize::Zeroizing;

/// Authority, health and sample API, where these are free.
const PORTS: [u16; 3] = [8700, 8701, 8702];
/// How often a start is tried.
const TRIES: usize = 5;
const OPERATOR_FILE: &str = "operator.token";

/// The demonstration at work.
#[derive(Debug)]
pub struct Running {
    /// Where the authority is.
    pub authority: String,
    /// Where the sample API is, behind the gate.
    pub api: String,
    /// Where health and metrics are.
    pub ops: String,
    /// Whether other ports than usual had to be taken.
    pub moved: bool,
    /// The token to try.
    pub token: Zeroizing<String>,
    /// Its id.
    pub token_id: String,
    /// The file of mode 0600 that holds the operator's token.
    pub operator_file: String,
    /// The link that sets the owner's account up.
    pub setup_url: Option<Zeroizing<String>>,
    /// The folder of the program, where the shell would not find it by its name.
    pub program_folder: Option<String>,
    serving: serve::Running,
    sample: tokio::task::JoinHandle<()>,
    folder: Folder,
}

/// Starts everything; where somebody takes one of its ports between finding and binding it, again on others.
pub async fn start() -> anyhow::Result<Running> {
    telemetry::start_logging(&LogConfig { level: "warn".to_owned(), ..LogConfig::default() });
    let mut tries = 1;
    loop {
        match try_start().await {
            Err(fault) if tries < TRIES && is_about_a_port(&fault) => tries += 1,
            outcome => return outcome,
        }
    }
}

async fn try_start() -> anyhow::Result<Running> {
    let folder = Folder::make().context("cannot make a folder for temporary data")?;
    let [main, ops, sample] = ports::find(PORTS).context("cannot find free ports on loopback")?;
    let config = configure(folder.path(), main.address, ops.address, sample.address)?;
    let owner = bootstrap::init(&config).await.context("cannot set up the data")?;
    let operator_file = folder.path().join(OPERATOR_FILE);
    keep_token(&operator_file, &owner.owner_token)?;
    let listener = tokio::net::TcpListener::bind(sample.address).await.context("cannot start the sample API")?;
    let serving = serve::start(config, None).await.context("cannot start the authority")?;
    let sample_task = tokio::spawn(async move {
        if let Err(fault) = axum::serve(listener, sample::router()).await {
            tracing::error!(%fault, "the sample API has ended");
        }
    });
    let authority = format!("http://localhost:{}", main.address.port());
    let api = format!("http://127.0.0.1:{}", main.address.port());
    let setup_url = owner.setup_url;
    let client = Authority::new(&authority, Some(owner.owner_token), None)?;
    let issued = fill(&client, &api).await.context("cannot issue the token")?;
    let text = |name: &str| issued.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Running {
        authority,
        api,
        ops: format!("http://{}", ops.address),
        moved: main.moved || ops.moved || sample.moved,
        token: Zeroizing::new(text("token")),
        token_id: text("id"),
        operator_file: operator_file.display().to_string(),
        setup_url,
        program_folder: program_folder(),
        serving,
        sample: sample_task,
        folder,
    })
}

/// Whether a start failed because a port was taken.
fn is_about_a_port(fault: &anyhow::Error) -> bool {
    fault.chain().any(|cause| {
        let why = match cause.downcast_ref() {
            Some(StartFault::Listen(ListenFault::Bind { why, .. })) => Some(why),
            _ => cause.downcast_ref::<std::io::Error>(),
        };
        why.is_some_and(|why| why.kind() == std::io::ErrorKind::AddrInUse)
    })
}

impl Running {
    /// Waits for Ctrl-C (or SIGTERM), then ends everything in order and removes the data.
    pub async fn until_told(self) -> anyhow::Result<()> {
        let Self { serving, sample, folder, .. } = self;
        serving.until_told(None).await?;
        sample.abort();
        drop(folder);
        Ok(())
    }
}

/// The gate guards the sample API at 127.0.0.1; the authority itself answers at localhost: told apart by the host's name.
fn configure(folder: &Path, main: SocketAddr, ops: SocketAddr, sample: SocketAddr) -> anyhow::Result<Config> {
    let data = |name: &str| folder.join(name).display().to_string();
    let route = json!({
        "host": "127.0.0.1", "path": "/**", "audience": format!("http://{main}"), "upstream": format!("http://{sample}"),
    });
    let settings = json!({
        "issuer": format!("http://localhost:{}", main.port()),
        "listen": main.to_string(),
        "ops_listen": ops.to_string(),
        "master_key": data("master.key"),
        "database": { "url": format!("sqlite://{}", data("jeton.db")) },
        "gate": { "route": [route] },
    });
    let text = toml::to_string(&settings).context("cannot write the configuration")?;
    Ok(Config::parse("the demonstration's configuration", &text, std::iter::empty())?)
}

/// Declares the sample API and issues the token.
async fn fill(client: &Authority, api: &str) -> Result<Value, CallError> {
    let scopes = json!([
        { "scope": "orders:read", "description": "Read orders" }, { "scope": "orders:write", "description": "Place orders" },
    ]);
    let routes = json!([
        { "route": "GET /v1/orders/**", "scopes": ["orders:read"] }, { "route": "POST /v1/orders", "scopes": ["orders:write"] },
    ]);
    let declared = json!({ "audience": api, "name": "Sample orders", "scopes": scopes, "routes": routes });
    client.call(Call::post("/v1/apis").body(declared)).await?;
    let wanted = json!({
        "kind": "pat", "name": "demo", "audience": [api], "scopes": ["orders:read"], "networks": ["127.0.0.1/32"], "expires_in": 86_400,
    });
    Ok(client.call(Call::post("/v1/tokens").body(wanted)).await?.body)
}

fn keep_token(path: &Path, token: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).context("cannot keep the operator's token")?;
    std::io::Write::write_all(&mut file, token.as_bytes()).context("cannot keep the operator's token")
}

/// Where this very program lies; `None` where it was found by its name alone, as another shell will find it too.
fn program_folder() -> Option<String> {
    let by_name = std::env::args_os().next().is_some_and(|called| Path::new(&called).components().count() == 1);
    let own = std::env::current_exe().ok().filter(|_| !by_name)?;
    own.parent().map(|folder| folder.display().to_string())
}
