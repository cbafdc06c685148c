//! Answers a proxy's question: 200 with the identity fields, or the refusal as its caller shall get it. Must never answer 200
//! without a decision.

use super::Original;
use crate::{
    answer,
    connection::Peer,
    entrance::{Asked, Entrance},
    http_fault::HttpFault,
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};

/// Answers one question. The request's body, which proxies do not send, is not looked at.
pub async fn answer<B>(entrance: &Entrance, request: Request<B>) -> Response<Bytes> {
    let (parts, _) = request.into_parts();
    let request = Request::from_parts(parts, ());
    let Some(peer) = request.extensions().get::<Peer>().copied() else { return HttpFault::UntrustedAsker.response() };
    let original = match Original::read(&request, peer.address.ip(), entrance.trusted()) {
        Ok(original) => original,
        Err(fault) => return fault.response(),
    };
    let asked = Asked {
        headers: request.headers(),
        method: original.method,
        host: original.host.as_deref(),
        path: &original.path,
        query: original.query.as_deref(),
        client_ip: original.client_ip,
    };
    match entrance.ask(&asked).await {
        Ok(admitted) => {
            let mut response = Response::new(Bytes::new());
            let headers = response.headers_mut();
            answer::identify(&admitted.passed, headers);
            answer::decorate(&admitted.passed, headers);
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(refusal) => refusal,
    }
}
