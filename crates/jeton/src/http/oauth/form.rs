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
use jeton_core::{client_certificate::ClientCertificate, limits, oauth::parameters::Parameters};
use jeton_gate::connection::Peer;
use std::sync::Arc;

/// A form, and what came with it.
#[derive(Debug)]
pub struct Form {
    /// Its parameters.
    pub parameters: Parameters,
    /// The request's header.
    pub headers: HeaderMap,
    /// Where the request came from, and its name.
    pub context: Context,
    /// The certificate of the client itself, where it showed one, also to a trusted proxy.
    pub certificate: Option<Arc<ClientCertificate>>,
}

impl Form {
    /// What proves a client.
    pub fn presented(&self) -> Presented<'_> {
        Presented { headers: &self.headers, form: &self.parameters, context: self.context, certificate: self.certificate.as_deref() }
    }
}

impl FromRequest<Shared> for Form {
    type Rejection = OAuthError;

    async fn from_request(request: Request, authority: &Shared) -> Result<Self, OAuthError> {
        let (parts, body) = request.into_parts();
        let parameters = read(&parts.headers, body).await?;
        let (context, certificate) = (Context::of(&parts.extensions), certificate(authority, &parts));
        Ok(Self { parameters, headers: parts.headers, context, certificate })
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

/// The certificate of the client that sent a request. Behind a trusted proxy it is the one that the proxy hands on; the proxy's
/// own is not the client's.
pub fn certificate(authority: &Authority, parts: &Parts) -> Option<Arc<ClientCertificate>> {
    let (entrance, peer) = (&authority.entrance, parts.extensions.get::<Peer>().copied());
    if let Some(der) = entrance.handed_on_certificate(peer, &parts.headers) {
        let verified = authority.config.tls.client_certificate_verified_by_proxy;
        return Some(Arc::new(ClientCertificate::read(&der, verified)));
    }
    peer.filter(|peer| !entrance.trusted().trusts(peer.address.ip()))?;
    parts.extensions.get().cloned()
}

fn of_problem(problem: &Problem) -> OAuthError {
    OAuthError::new(OAuthCode::InvalidRequest, problem.detail()).with_status(problem.status())
}

/// The media type of forms, in any case, with or without parameters.
fn is_form(value: &[u8]) -> bool {
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}
