//! A running program with people of every role and something on every page, much of it with names that a careless page would run as a
//! script. What scenarios are told is in `setting`.

use super::{
    caller::Caller,
    installation::{AUDIENCE, Installation, Node, free_address},
    script,
};
use jeton_store::testing::Cluster;
use serde_json::{Value, json};
use std::process::Command;

/// The password of everybody.
const PASSWORD: &str = "plum orbit velvet canyon";
/// A name that must never be more than a name.
const HOSTILE: &str = "\"><img src=x onerror=alert(1)><script>alert(2)</script>";
/// Everybody, with the role.
const PEOPLE: [(&str, &str); 5] = [("olga", "owner"), ("otto", "operator"), ("anna", "approver"), ("dan", "developer"), ("uma", "auditor")];
/// Tokens that are issued: more than a page shows.
const TOKENS: usize = 60;

/// What everything is called.
#[derive(Clone, Copy)]
struct Names {
    api: &'static str,
    /// What a scope is said to be for.
    scope: &'static str,
    token: &'static str,
    app: &'static str,
}

const HARD: Names = Names { api: HOSTILE, scope: HOSTILE, token: HOSTILE, app: HOSTILE };
const PLAIN: Names = Names { api: "Orders", scope: "Read your orders", token: "nightly report", app: "Warehouse" };

/// A running program.
pub(super) struct House {
    installation: Installation,
    _node: Node,
    setting: Value,
}

impl House {
    /// On SQLite.
    pub(super) async fn on_sqlite() -> Self {
        Self::over("sqlite://jeton-data/jeton.db", HARD).await
    }
    /// On SQLite, with names that are good to look at, and calls of the last days.
    pub(super) async fn to_look_at() -> Self {
        let house = Self::over("sqlite://jeton-data/jeton.db", PLAIN).await;
        let mut calls = Command::new("python3");
        calls.arg("tests/dashboard/calls.py").arg(house.installation.path().join("jeton-data/jeton.db"));
        let calls = calls.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("python3 runs (install Debian's python3)");
        assert!(calls.success(), "the calls of the last days could not be written");
        house
    }
    /// On PostgreSQL.
    pub(super) async fn on_postgres() -> Self {
        let url = tokio::task::spawn_blocking(|| Cluster::shared().fresh_database()).await.expect("a database");
        Self::over(&url, HARD).await
    }
    async fn over(database: &str, names: Names) -> Self {
        let address = free_address();
        // Browsers take cookies that are for TLS alone from this host too.
        let issuer = format!("http://localhost:{}", address.port());
        let text = format!("issuer = \"{issuer}\"\n\n[database]\nurl = \"{database}\"\n\n[oauth]\ndevelopment = true\n");
        let installation = Installation::configured(&text);
        let node = Node::launch(installation.path(), address, free_address()).ready().await;
        let owner = installation.owner_of(&node);
        let mut setting = fill(&owner, names).await;
        setting["issuer"] = json!(issuer);
        setting["owner_token"] = json!(installation.owner);
        setting["pages"] = json!(jeton::pages::routes::pages().collect::<Vec<_>>());
        let pictures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/dashboard");
        setting["screenshots"] = json!(pictures);
        Self { installation, _node: node, setting }
    }
    /// Tells scenarios more.
    pub(super) fn telling(mut self, name: &str, value: Value) -> Self {
        self.setting[name] = value;
        self
    }
    /// Runs a scenario of this folder, which must pass.
    pub(super) async fn passes(&self, scenario: &str) {
        script::passes(&format!("../dashboard/{scenario}"), &self.setting, None).await;
    }
}

/// Puts something on every page. `examples` says what stands in an address behind a segment.
async fn fill(owner: &Caller, names: Names) -> Value {
    let post = async |path: &str, body: Value| owner.expect(201, "POST", path, Some(body)).await;
    let api = post("/v1/apis", api(names)).await;
    let mut people = json!({});
    let mut ids = json!({});
    for (name, role) in PEOPLE {
        let body = json!({"name": name, "role": role, "email": format!("{name}@example.test"), "password": PASSWORD});
        ids[name] = post("/v1/users", body).await["id"].clone();
        people[role] = json!({"username": name, "password": PASSWORD, "id": ids[name]});
    }
    let project = post("/v1/projects", json!({"name": "A project"})).await;
    let order = |name: &str, kind: &str, subject: &Value| json!({"kind": kind, "name": name, "subject": subject, "audience": [AUDIENCE], "scopes": ["orders:read"]});
    let token = post("/v1/tokens", order(names.token, "pat", &ids["olga"])).await;
    let developers = post("/v1/tokens", order("a developer's", "pat", &ids["dan"])).await;
    for number in 0..TOKENS {
        post("/v1/tokens", order(&format!("token {number}"), "svc", &json!("billing"))).await;
    }
    let mut decision = Value::Null;
    for (method, path) in [("GET", "/v1/orders/7"), ("POST", "/v1/orders"), ("GET", "/elsewhere")] {
        for token in [&token, &developers] {
            let call = json!({"token": token["token"], "audience": AUDIENCE, "method": method, "path": path, "client_ip": "192.0.2.7"});
            decision = owner.expect(200, "POST", "/v1/verify", Some(call)).await["decision_id"].clone();
        }
    }
    let app = |approve: bool| {
        let metadata = json!({"client_name": names.app, "redirect_uris": ["https://app.example.test/cb"], "client_uri": "https://app.example.test/", "scope": "orders:read"});
        json!({"metadata": metadata, "approve": approve})
    };
    let (approved, waiting) = (post("/v1/clients", app(true)).await, post("/v1/clients", app(false)).await);
    json!({
        "people": people,
        "tokens": {"hostile": token, "developers": developers},
        "audience": AUDIENCE,
        "examples": {
            "tokens": token["id"], "apps": approved["client_id"], "approvals": waiting["client_id"], "people": ids["dan"],
            "apis": api["id"], "projects": project["id"], "subjects": ids["olga"], "decisions": decision,
        },
    })
}

fn api(names: Names) -> Value {
    json!({
        "audience": AUDIENCE, "name": names.api,
        "scopes": [{"scope": "orders:read", "description": names.scope}, {"scope": "orders:write", "description": "Place orders", "sensitive": true}],
        "routes": [{"route": "GET /v1/orders/**", "scopes": ["orders:read"]}, {"route": "POST /v1/orders", "scopes": ["orders:write"]}],
    })
}
