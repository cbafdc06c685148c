//! The pages of the dashboard with a hundred thousand tokens stored and a month of use: each page again and again on one connection, by
//! somebody who may see everything.

use crate::{
    filling,
    installation::{AUDIENCE, Database, Installation, Node},
    load::Connection,
    report::{Goal, Line, quantile},
    rows::many,
};
use anyhow::{Context, Result, bail};
use jeton_core::{
    id::TokenId,
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    Store,
    page::PageRequest,
    token::TokenFilter,
    usage::{UsageBatch, UsageDelta},
};
use serde_json::json;
use std::time::{Duration, Instant};

/// Tokens stored.
const TOKENS: usize = many(100_000, 2_000);
/// Of these, how many are used,
const USED: usize = many(5_000, 500);
/// and in how many hours of the last month each.
const HOURS: u32 = 12;
/// How often each page is asked for.
const RUNS: usize = many(200, 20);
/// Before it counts.
const WARM_UP: usize = 10;
/// Within how long a page must be there, in milliseconds: 99 of 100.
const GOAL: f64 = 50.0;
/// The password of who looks.
const PASSWORD: &str = "seven unlikely lanterns beside the harbour";

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let person = {
        let node = installation.start("0")?;
        installation.declare_api(&node).await?;
        let person = json!({"name": "bench", "role": "operator", "password": PASSWORD});
        installation.ask(&node, "POST", "/v1/users", &person).await?.json()?
    };
    filling::fill(&installation, TOKENS, None, |_| {}).await?;
    let some = use_some(&installation).await?;
    let node = installation.start("0")?;
    let api = installation.ask(&node, "GET", "/v1/apis", &json!(null)).await?.json()?;
    let apis = api["items"].as_array().context("APIs")?;
    let api = apis.iter().find(|api| api["audience"] == AUDIENCE).and_then(|api| api["id"].as_str()).context("the API")?.to_owned();
    let person = person["id"].as_str().context("a person has an id")?.to_owned();
    let visitor = Visitor::sign_in(&node).await?;
    let mut lines = Vec::new();
    for (what, path) in paths(&some, &api, &person) {
        lines.push(visitor.time(what, &path).await?);
    }
    Ok(lines)
}

/// A token with its subject and the last characters of its text, to be searched for.
struct Sample {
    id: TokenId,
    subject: String,
    hint: String,
}

/// What is looked at.
fn paths(some: &Sample, api: &str, person: &str) -> Vec<(&'static str, String)> {
    let (id, subject, hint) = (some.id, &some.subject, &some.hint);
    let plain = |what, path: &str| (what, path.to_owned());
    vec![
        plain("home", "/dashboard"),
        plain("home, 30 days", "/dashboard?span=30d"),
        plain("my tokens", "/dashboard/tokens/mine"),
        plain("all tokens", "/dashboard/tokens"),
        plain("all tokens, alive", "/dashboard/tokens?state=alive"),
        plain("all tokens, of a kind", "/dashboard/tokens?kind=key"),
        plain("all tokens, of no network", "/dashboard/tokens?network=any"),
        plain("all tokens, by scope", "/dashboard/tokens?scope=orders:read"),
        plain("all tokens, by a scope of none", "/dashboard/tokens?scope=orders:nobody"),
        plain("all tokens, by a network of none", "/dashboard/tokens?network=10.0.0.0/8"),
        ("all tokens, by hint", format!("/dashboard/tokens?q={hint}")),
        ("all tokens, by id", format!("/dashboard/tokens?q={id}")),
        ("all tokens, by subject", format!("/dashboard/tokens?subject={subject}")),
        plain("what a bulk revocation would do", "/dashboard/tokens/revoke?state=alive"),
        plain("what a bulk revocation of a kind would do", "/dashboard/tokens/revoke?kind=key"),
        plain("what was revoked together", "/dashboard/tokens/revoke"),
        ("a token", format!("/dashboard/tokens/{id}")),
        ("a subject", format!("/dashboard/subjects/{subject}")),
        plain("apps", "/dashboard/apps"),
        plain("approvals", "/dashboard/approvals"),
        plain("APIs", "/dashboard/apis"),
        ("an API", format!("/dashboard/apis/{api}")),
        plain("people", "/dashboard/people"),
        ("a person", format!("/dashboard/people/{person}")),
        plain("projects", "/dashboard/projects"),
        plain("keys", "/dashboard/keys"),
        plain("verifiers", "/dashboard/verifiers"),
        plain("policy", "/dashboard/policy"),
        plain("audit log", "/dashboard/audit"),
        plain("check of the audit log", "/dashboard/audit/check"),
        plain("settings", "/dashboard/settings"),
    ]
}

/// Notes use of some tokens over a month while no node runs; gives one of them.
async fn use_some(installation: &Installation) -> Result<Sample> {
    let store = filling::open(&installation.path().join("jeton-data")).await?;
    let organisation = store.list_organisations().await?.first().context("an organisation")?.id;
    let now = Timestamp::from_micros(i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_micros())?);
    let (mut page, mut seen, mut last) = (PageRequest { after: None, limit: 100 }, 0, None);
    while seen < USED {
        let found = store.list_tokens(organisation, &TokenFilter::default(), &page).await?;
        note(&store, found.items.iter().map(|detail| detail.record.id), now).await?;
        seen += found.items.len();
        last = found.items.into_iter().last().or(last);
        match found.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    let last = last.context("a token")?;
    Ok(Sample { id: last.record.id, subject: last.record.subject.to_string(), hint: last.hint })
}

async fn note(store: &Store, tokens: impl Iterator<Item = TokenId>, now: Timestamp) -> Result<()> {
    let mut batch = UsageBatch::default();
    for (at, token) in tokens.enumerate() {
        for hour in 0..HOURS {
            let hour = now.minus(Span::from_hours(hour * 60)).hour();
            let outcome = if at % 10 == 9 { "insufficient_scope" } else { "ok" }.to_owned();
            let (route, network) = ("GET /v1/orders/**".to_owned(), "192.0.2.0/24".to_owned());
            batch.deltas.push(UsageDelta { token, hour, outcome, route, network, previous_secret: false, count: 7 });
        }
    }
    Ok(store.flush_usage(&batch).await?)
}

/// Somebody who is signed in.
struct Visitor {
    address: std::net::SocketAddr,
    cookies: String,
}

impl Visitor {
    /// Signs in by the page for it, as a browser does.
    async fn sign_in(node: &Node) -> Result<Self> {
        let address = node.server.address;
        let mut connection = Connection::open(address).await?;
        let page = connection.send(get("/sign-in?return_to=/dashboard", "").as_bytes()).await?;
        let text = String::from_utf8_lossy(&page.body);
        let csrf = text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).context("a form with a token")?;
        let form = format!("csrf={csrf}&return_to=/dashboard&username=bench&password={}", PASSWORD.replace(' ', "+"));
        let head = format!(
            "POST /sign-in HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n",
            page.cookies().join("; "),
            form.len()
        );
        let answer = connection.send(format!("{head}{form}").as_bytes()).await?;
        if answer.status != 303 {
            bail!("signing in gave {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        Ok(Self { address, cookies: answer.cookies().join("; ") })
    }
    /// Asks for a page again and again.
    async fn time(&self, what: &str, path: &str) -> Result<Line> {
        let request = get(path, &self.cookies);
        let mut connection = Connection::open(self.address).await?;
        let (mut millis, mut size) = (Vec::with_capacity(RUNS), 0);
        for run in 0..WARM_UP + RUNS {
            let begun = Instant::now();
            let answer = connection.send(request.as_bytes()).await.with_context(|| format!("GET {path}"))?;
            let took = begun.elapsed();
            if answer.status != 200 {
                bail!("GET {path} gave {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
            }
            size = answer.body.len();
            if run >= WARM_UP {
                millis.push(in_millis(took));
            }
        }
        millis.sort_by(f64::total_cmp);
        let note = format!("99 of 100; half within {:.1} ms; {:.0} KiB", quantile(&millis, 0.5), size as f64 / 1024.0);
        Ok(Line::plain(format!("page at {TOKENS} tokens: {what}"), quantile(&millis, 0.99), "ms", Some(Goal::AtMost(GOAL)), note))
    }
}

fn get(path: &str, cookies: &str) -> String {
    let cookies = if cookies.is_empty() { String::new() } else { format!("cookie: {cookies}\r\n") };
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{cookies}\r\n")
}

fn in_millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
