//! The page that asks as whom to go on, for apps that want it asked (`prompt=select_account`).
//!
//! Decides nothing: either way leads back to the request, with a note that was sealed for it.

use super::{
    error,
    frame::{Frame, Page, name_of, render},
    return_to::ReturnTo,
};
use crate::{authority::Authority, session::SignedIn};
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "select_account.html")]
struct SelectAccountPage<'a> {
    frame: Frame,
    client_name: &'a str,
    person: &'a str,
    go_on: &'a str,
    another: String,
}

impl Page for SelectAccountPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// The page. `go_on` is the way on as who is signed in, `another` that by signing in as somebody else; `redirect_uri` the address that
/// the app is answered at, where either may lead.
pub async fn page(
    authority: &Authority,
    signed_in: &SignedIn,
    client_name: &str,
    go_on: &str,
    another: &ReturnTo,
    redirect_uri: &str,
) -> Response {
    let Ok(person) = name_of(authority, signed_in).await else { return error::unavailable() };
    let page = SelectAccountPage {
        frame: Frame::of_person("Choose an account", &person),
        client_name,
        person: &person,
        go_on,
        another: format!("/sign-in?return_to={}", another.encoded()),
    };
    render(StatusCode::OK, &page, &[redirect_uri])
}
