//! `GET` and `POST /account/apps`: the connected apps, and disconnecting one. Its tokens are dead when the answer comes.

use crate::{
    authority::{Authority, Shared},
    pages::{
        consent::{AppView, ScopeGroup},
        error,
        form::Form,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        visitor::Visitor,
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::{api::Api, id::ClientId, limits, scope::ScopeSet};
use jeton_store::{StoreError, consent::Consent, page::PageRequest};

#[derive(Template)]
#[template(path = "apps.html")]
struct AppsPage {
    frame: Frame,
    apps: Vec<ConnectedApp>,
    csrf: String,
    next: Option<String>,
}

struct ConnectedApp {
    id: ClientId,
    app: AppView,
    since: Instant,
    groups: Vec<ScopeGroup>,
}

impl Page for AppsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /account/apps`.
pub async fn show_apps(State(authority): State<Shared>, visitor: Visitor) -> Response {
    let after = visitor.query.find("after").filter(|after| ClientId::parse(after).is_ok()).map(str::to_owned);
    match gather(&authority, &visitor, after).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(_) => error::unavailable(),
    }
}

async fn gather(authority: &Authority, visitor: &Visitor, after: Option<String>) -> Result<AppsPage, StoreError> {
    let signed_in = &visitor.signed_in;
    let page = authority.store.list_consents(signed_in.user, PageRequest { after, limit: 0 }).await?;
    let all = PageRequest { after: None, limit: limits::PAGE_MAX };
    let apis = if page.items.is_empty() { Vec::new() } else { authority.store.list_apis(signed_in.organisation, all).await?.items };
    let apis: Vec<Api> = apis.into_iter().map(|stored| stored.api).collect();
    let mut apps = Vec::new();
    for consent in page.items {
        let (client, _) = authority.store.find_client_by_id(consent.client).await?;
        let app = client.as_ref().map(AppView::of);
        let gone = || AppView { name: "An app that is not registered any more".to_owned(), host: None, is_known: false, logo: None };
        let groups = groups_of(&consent, &apis);
        apps.push(ConnectedApp { id: consent.client, app: app.unwrap_or_else(gone), since: consent.given_at.into(), groups });
    }
    let frame = visitor.frame("Connected apps", Place::ConnectedApps);
    Ok(AppsPage { frame, apps, csrf: visitor.csrf.clone(), next: page.next })
}

/// What was allowed, in the words that hold now.
fn groups_of(consent: &Consent, apis: &[Api]) -> Vec<ScopeGroup> {
    let group = |(audience, scopes): (&_, &ScopeSet)| match apis.iter().find(|api| api.audience == *audience) {
        Some(api) => ScopeGroup::of_api(api, scopes, Some(consent)),
        None => ScopeGroup::of_openid(audience.clone(), scopes, Some(consent)),
    };
    consent.scopes.iter().map(group).collect()
}

/// `POST /account/apps`: disconnects one.
pub async fn disconnect(State(authority): State<Shared>, form: Form) -> Response {
    let signed_in = match form.signed_in(&authority).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    let Ok(client) = ClientId::parse(form.field("client")) else {
        return error::bad_form(StatusCode::BAD_REQUEST, "it does not name an app");
    };
    let actor = signed_in.actor(authority.now(), form.context);
    match authority.store.withdraw_consent(signed_in.organisation, signed_in.user, client, actor).await {
        Ok(withdrawn) => {
            authority.took_in(withdrawn.revision).await;
            see_other("/account/apps?done=disconnected")
        }
        Err(_) => error::unavailable(),
    }
}
