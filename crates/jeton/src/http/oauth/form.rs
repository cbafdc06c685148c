//! Form bodies of the token endpoint and its like, with what of the request can prove a client. Bounded in size and time; each
//! parameter once. A query is never looked at: what stands there ends up in logs.

use crate::{
    authority::{Authority, Shared},
    http::Context,
    json,
    oauth::{OAuthCode, OAuthError, client_auth::Presented},
    problem::Problem,
};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header, request::Parts};
use jeton_core::{limits, oauth::parameters::Parameters};
use jeton_gate::connection::Peer;

/// A form, and what came with it.
#[derive(Debug)]
pub struct Form {
    /// Its parameters.
    pub parameters: Parameters,
    /// The request's header.
    pub headers: HeaderMap,
    /// Where the request came from, and its name.
    pub context: Context,
    /// The connection, with the certificate of the client itself where it showed one, also to a trusted proxy.
    pub peer: Option<Peer>,
}

impl Form {
    /// What proves a client.
    pub const fn presented(&self) -> Presented<'_> {
        Presented { headers: &self.headers, form: &self.parameters, context: self.context, peer: self.peer }
    }
}

impl FromRequest<Shared> for Form {
    type Rejection = OAuthError;

    async fn from_request(request: Request, authority: &Shared) -> Result<Self, OAuthError> {
        let (parts, body) = request.into_parts();
        let parameters = read(&parts.headers, body).await?;
        let (context, peer) = (Context::of(&parts.extensions), peer(authority, &parts));
        Ok(Self { parameters, headers: parts.headers, context, peer })
    }
}

/// Reads a form body.
pub async fn read(headers: &HeaderMap, body: impl http_body::Body<Data = Bytes>) -> Result<Parameters, OAuthError> {
    if !headers.get(header::CONTENT_TYPE).is_some_and(|value| is_form(value.as_bytes())) {
        let words = "the body must be declared as `application/x-www-form-urlencoded`";
        return Err(OAuthError::new(OAuthCode::InvalidRequest, words));
    }
    let body = json::whole(body, limits::PARAMETERS_BYTES_MAX).await.map_err(|problem| of_problem(&problem))?;
    Parameters::parse(&body).map_err(|fault| OAuthError::new(OAuthCode::InvalidRequest, fault.to_string()))
}

/// The connection of a request. Behind a trusted proxy the client's certificate is the one that the proxy hands on.
pub fn peer(authority: &Authority, parts: &Parts) -> Option<Peer> {
    let peer = parts.extensions.get::<Peer>().copied()?;
    Some(Peer { certificate: authority.entrance.certificate(Some(peer), &parts.headers), ..peer })
}

fn of_problem(problem: &Problem) -> OAuthError {
    OAuthError::new(OAuthCode::InvalidRequest, problem.detail()).with_status(problem.status())
}

/// The media type of forms, in any case, with or without parameters.
fn is_form(value: &[u8]) -> bool {
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}
