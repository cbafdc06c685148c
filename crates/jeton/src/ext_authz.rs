//! Envoy's question over gRPC: `envoy.service.auth.v3.Authorization/Check`. Told in a message what `/gate/check` is told in header
//! fields, and decided in the same place.
//!
//! Must never answer anybody but a trusted proxy, and never answer "OK" without a decision: what cannot be read is an error, which
//! Envoy turns into a refusal unless it was told to let failures pass.

mod answer;
mod question;

#[cfg(test)]
mod tests;

use crate::listener::AnswerBody;
use envoy_types::{
    ext_authz::v3::pb::{Authorization, AuthorizationServer, CheckRequest, CheckResponse},
    pb::envoy::service::auth::v3::AttributeContext,
};
use hyper::body::Incoming;
use jeton_core::limits;
use jeton_gate::{connection::Peer, entrance::Entrance};
use question::Original;
use tonic::{Request, Response, Status};
use tower::ServiceExt;

/// Where Envoy asks.
pub const PATH: &str = "/envoy.service.auth.v3.Authorization/Check";

/// The service behind [`PATH`]. Cheap to clone.
#[derive(Clone)]
pub struct ExtAuthz(AuthorizationServer<Asked>);

/// Whoever is asked.
struct Asked(Entrance);

impl ExtAuthz {
    /// Asks this entrance.
    pub fn new(entrance: Entrance) -> Self {
        Self(AuthorizationServer::new(Asked(entrance)).max_decoding_message_size(limits::EXT_AUTHZ_MESSAGE_MAX))
    }
    /// Answers one call.
    pub async fn answer(self, request: http::Request<Incoming>) -> http::Response<AnswerBody> {
        let Ok(response) = self.0.oneshot(request).await;
        response.map(AnswerBody::streamed)
    }
}

#[tonic::async_trait]
impl Authorization for Asked {
    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let peer = request.extensions().get::<Peer>().copied();
        if !peer.is_some_and(|peer| self.0.trusted().trusts(peer.address.ip())) {
            return Err(Status::permission_denied("only a trusted proxy may ask here: add its address to `trusted_proxies`"));
        }
        let (metadata, _, message) = request.into_parts();
        let attributes = message.attributes.ok_or_else(|| Status::invalid_argument("the message has no attributes"))?;
        Ok(Response::new(self.decide(attributes, &metadata.into_headers()).await))
    }
}

impl Asked {
    /// Decides on what Envoy tells; `said` are the fields of the call itself, which are Envoy's own.
    async fn decide(&self, attributes: AttributeContext, said: &http::HeaderMap) -> CheckResponse {
        let original = match Original::read(attributes) {
            Ok(original) => original,
            Err(fault) => return answer::refused(fault.response()),
        };
        match original.ask(&self.0, said).await {
            Ok(admitted) => answer::permitted(&admitted, &original, &self.0),
            Err(refusal) => answer::refused(refusal),
        }
    }
}
