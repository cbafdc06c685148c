//! The consent page: which app asks, where the answer goes, and what it may do, in the words of each API's owner.
//!
//! Decides nothing: what is asked for was validated before, and lies sealed in the form until the answer comes.

pub mod answer;
pub mod scopes;

use super::{
    csrf, error,
    frame::{Frame, Page, name_of, render},
    return_to::ReturnTo,
};
use crate::{authority::Authority, own_apps, session::SignedIn};
use answer::Sealed;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use jeton_core::limits;
use jeton_store::client::{Client, ClientSource};
pub use scopes::{ScopeGroup, consented};
use serde_json::Value;
use url::Url;

/// What a person is asked.
#[derive(Clone, Debug)]
pub struct ConsentQuestion {
    /// The validated request, for whoever carries it out once it is allowed.
    pub request: Value,
    /// The registered address that the answer goes to.
    pub redirect_uri: String,
    /// What is asked for, by API; what belongs to OpenID Connect stands under the audience of userinfo.
    pub groups: Vec<ScopeGroup>,
    /// The authorization request itself, to begin again as somebody else.
    pub again: ReturnTo,
}

/// An app as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppView {
    /// Its name.
    pub name: String,
    /// Where it says that it comes from; `None` where it says nothing.
    pub host: Option<String>,
    /// Whether an operator of this installation knows it.
    pub is_known: bool,
    /// The address of its picture, where it has one that is kept here.
    pub logo: Option<String>,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    frame: Frame,
    app: AppView,
    person: &'a str,
    redirect_host: String,
    groups: &'a [ScopeGroup],
    has_old: bool,
    csrf: String,
    request: String,
    another: String,
}

impl Page for ConsentPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl AppView {
    /// A client as people see it.
    pub fn of(client: &Client) -> Self {
        let home = client.registration.client_uri.as_deref().into_iter();
        // The address of a metadata document is proved; a home page is only said.
        let proved = (client.source == ClientSource::MetadataDocument).then_some(client.client_id.as_str());
        Self {
            name: client.name.as_str().to_owned(),
            host: proved.into_iter().chain(home).find_map(host_of),
            is_known: client.source == ClientSource::Operator,
            logo: own_apps::shown_logo(client),
        }
    }
}

/// The host of an address; for an app on somebody's machine, what is left to say.
fn host_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    url.host_str().map(|host| match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// Where an answer goes, in words.
fn destination_of(redirect_uri: &str) -> String {
    let url = Url::parse(redirect_uri).ok();
    let is_loopback = url.as_ref().and_then(Url::host_str).is_some_and(|host| matches!(host, "127.0.0.1" | "[::1]" | "localhost"));
    match (is_loopback, host_of(redirect_uri).filter(|_| redirect_uri.starts_with("http")), url) {
        (true, ..) => "an app on this device".to_owned(),
        (_, Some(host), _) => host,
        (_, None, Some(url)) => format!("the app that opens {}: addresses on this device", url.scheme()),
        (_, None, None) => "an unknown place".to_owned(),
    }
}

/// The page.
pub async fn page(authority: &Authority, signed_in: &SignedIn, client: &Client, question: &ConsentQuestion) -> Response {
    let Ok(person) = name_of(authority, signed_in).await else { return error::unavailable() };
    let Some(request) = Sealed::of(client, question, authority.now()).seal(authority, signed_in) else {
        return error::app_fault("invalid_request", &format!("the request is larger than {} bytes", limits::FORM_MAX));
    };
    let app = AppView::of(client);
    let page = ConsentPage {
        frame: Frame::of_person(format!("Allow {}?", app.name), &person),
        app,
        person: &person,
        redirect_host: destination_of(&question.redirect_uri),
        groups: &question.groups,
        has_old: question.groups.iter().any(|group| group.scopes.iter().any(|line| !line.is_new)),
        csrf: csrf::for_session(authority, signed_in),
        request,
        another: format!("/sign-in?return_to={}", question.again.encoded()),
    };
    render(StatusCode::OK, &page, &[&question.redirect_uri])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_an_answer_goes_is_said_plainly() {
        for (address, said) in [
            ("https://app.example.com/cb", "app.example.com"),
            ("https://app.example.com:8443/cb", "app.example.com:8443"),
            ("http://127.0.0.1:51004/cb", "an app on this device"),
            ("com.example.app:/cb", "the app that opens com.example.app: addresses on this device"),
            ("https://good.example@evil.example/cb", "evil.example"),
        ] {
            assert_eq!(destination_of(address), said);
        }
    }
}
