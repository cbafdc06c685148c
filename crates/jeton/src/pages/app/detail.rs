//! `GET /dashboard/apps/{id}`: how an app stands, what waits, what its developer needs, and what was done to it.

use super::{
    differences::{Difference, between, kind},
    id_of,
    settings::{self, Setting},
};
use crate::{
    authority::{Authority, Shared},
    oauth::audiences,
    own_apps::{self, AppKind, OwnApp},
    pages::{
        badge::Badge,
        consent::ScopeGroup,
        error,
        filled::Filled,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        operate::Choices,
        token::{EventLine, Snippet},
        visitor::Visitor,
        words,
    },
    problem::Problem,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::scope::ScopeSet;
use jeton_store::client::{Client, ClientState};

/// Events that are shown.
const EVENTS: usize = 30;

#[derive(Template)]
#[template(path = "app/detail.html")]
struct DetailPage<'p> {
    frame: Frame,
    id: String,
    client: &'p Client,
    is_own: bool,
    may_change: bool,
    makes_secrets: bool,
    state: Badge,
    says: &'static str,
    kind: &'static str,
    logo: Option<String>,
    purpose: Option<String>,
    registered: Instant,
    registered_by: String,
    people: String,
    differences: Vec<Difference>,
    groups: Vec<ScopeGroup>,
    secret: SecretLine,
    settings: Vec<Setting>,
    snippets: Vec<Snippet>,
    events: Vec<EventLine>,
    csrf: &'p str,
    /// What an operator can decide about it.
    choices: Option<Choices>,
    filled: Filled,
}

/// How the app's secret stands.
struct SecretLine {
    has_method: bool,
    hint: String,
    since: Option<Instant>,
    used: Option<Instant>,
    old_until: Option<Instant>,
}

impl Page for DetailPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// What a state means for the developer.
const fn says(state: ClientState) -> &'static str {
    match state {
        ClientState::Pending => "Somebody who approves apps looks at it. Until then it gets no tokens.",
        ClientState::Approved => "It works.",
        ClientState::Rejected => "It was not approved. Change what was said, and it waits again.",
        ClientState::Suspended => "It was stopped, and its tokens with it. Ask an operator.",
    }
}

/// `GET /dashboard/apps/{id}`.
pub async fn show_app(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let id = match id_of(&visitor, &id) {
        Ok(id) => id,
        Err(answer) => return answer,
    };
    let own = match own_apps::show(&authority, &visitor.caller, id).await {
        Ok(own) => own,
        Err(problem) => return error::problem(&visitor, &problem),
    };
    match page(&authority, &visitor, &own).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn page<'p>(authority: &Authority, visitor: &'p Visitor, own: &'p OwnApp) -> Result<DetailPage<'p>, Problem> {
    let client = &own.client;
    let store = &authority.store;
    let issuer = authority.config.issuer.trim_end_matches('/');
    let events = store.audit_events_of(client.organisation, &client.id.to_string(), EVENTS).await?;
    let place = if own.is_own { Place::MyApps } else { Place::Apps };
    Ok(DetailPage {
        frame: visitor.frame(client.name.as_str(), place),
        id: client.id.to_string(),
        is_own: own.is_own,
        may_change: own_apps::may_change(&visitor.caller, own),
        makes_secrets: client.state == ClientState::Approved && client.registration.token_endpoint_auth_method.has_secret(),
        state: words::client_state(client.state),
        says: says(client.state),
        kind: kind(AppKind::of(&client.registration)),
        logo: own_apps::shown_logo(client),
        purpose: own.app.as_ref().map(|app| app.purpose.clone()),
        registered: Instant::from(client.created_at),
        registered_by: own.app.as_ref().filter(|_| !own.is_own).map(|app| app.account.to_string()).unwrap_or_default(),
        people: words::number(store.count_consents(client.id).await?),
        differences: client.pending.as_ref().map(|then| between(&client.registration, then)).unwrap_or_default(),
        groups: groups(authority, client),
        secret: secret(authority, client).await?,
        settings: settings::settings(issuer, &client.client_id, &client.registration),
        snippets: settings::snippets(issuer, &client.client_id, &client.registration),
        events: events.iter().map(|event| EventLine::of(event, &visitor.caller)).collect(),
        csrf: &visitor.csrf,
        choices: Choices::of(authority, visitor, client, "apps"),
        filled: Filled::default(),
        client,
    })
}

/// The scopes of an app by API, in the words of who owns them.
fn groups(authority: &Authority, client: &Client) -> Vec<ScopeGroup> {
    let asked = client.registration.scopes();
    let of = |covered: Vec<_>| ScopeSet::from_scopes(covered);
    let apis = authority.gate.apis_of(client.organisation);
    let mut groups: Vec<ScopeGroup> = apis
        .iter()
        .filter(|api| !authority.is_management(&api.audience))
        .map(|api| (api, of(asked.iter().filter(|scope| api.knows(scope)).cloned().collect())))
        .filter(|(_, own)| !own.is_empty())
        .map(|(api, own)| ScopeGroup::of_api(api, &own, None))
        .collect();
    let words = jeton_core::oauth::scope_words::scope_words();
    let account = of(asked.iter().filter(|scope| words.covers(scope)).cloned().collect());
    if !account.is_empty()
        && let Ok(userinfo) = audiences::userinfo(authority)
    {
        groups.push(ScopeGroup::of_openid(userinfo, &account, None));
    }
    groups
}

async fn secret(authority: &Authority, client: &Client) -> Result<SecretLine, Problem> {
    let anchor = authority.store.show_token(client.organisation, client.id.anchor()).await?;
    let running = anchor.record.secrets.previous.map(|(_, until)| until).filter(|until| *until > authority.now());
    Ok(SecretLine {
        has_method: client.registration.token_endpoint_auth_method.has_secret(),
        since: (!anchor.hint.is_empty()).then(|| Instant::from(anchor.changed_at)),
        used: anchor.last_use.as_ref().map(|last| Instant::from(last.at)),
        old_until: running.map(Instant::from),
        hint: anchor.hint,
    })
}
