//! Answers a proxy's question: 200 with the identity fields, or the refusal as its caller shall get it. Must never answer 200
//! without a decision.

use super::Original;
use crate::{
    connection::Peer,
    dpop,
    entrance::{Admitted, Asked, Entrance},
    http_fault::HttpFault,
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use jeton_core::change::Revision;

/// Answers one question. The request's body, which proxies do not send, is not looked at.
pub async fn answer<B>(entrance: &Entrance, request: Request<B>) -> Response<Bytes> {
    let (parts, _) = request.into_parts();
    let request = Request::from_parts(parts, ());
    match read(entrance, &request) {
        Ok((original, min_revision)) => answered(entrance.ask(&asked(entrance, &request, &original, min_revision)).await),
        Err(fault) => fault.response(),
    }
}

/// The same from memory alone, without waiting; `None` when somebody must be asked, which [`answer`] does.
pub fn answer_now<B>(entrance: &Entrance, request: &Request<B>) -> Option<Response<Bytes>> {
    match read(entrance, request) {
        Ok((original, min_revision)) => entrance.ask_now(&asked(entrance, request, &original, min_revision)).map(answered),
        Err(fault) => Some(fault.response()),
    }
}

/// The request that is asked about, and how new the answer must be.
fn read<'a, B>(entrance: &Entrance, request: &'a Request<B>) -> Result<(Original<'a>, Option<Revision>), HttpFault> {
    let peer = request.extensions().get::<Peer>().copied().ok_or(HttpFault::UntrustedAsker)?;
    let original = Original::read(request, peer.address.ip(), entrance.trusted())?;
    Ok((original, entrance.min_revision(Some(peer), request.headers())?))
}

fn asked<'a, B>(entrance: &Entrance, request: &'a Request<B>, original: &'a Original<'_>, min_revision: Option<Revision>) -> Asked<'a> {
    let peer = request.extensions().get::<Peer>().copied();
    // Nothing but a proof is held against it.
    let secure = request.headers().contains_key(dpop::PROOF) && entrance.is_secure(peer, request.headers());
    Asked {
        headers: request.headers(),
        method: original.method,
        host: original.host.as_deref(),
        authority: original.authority,
        secure,
        certificate: entrance.certificate(peer, request.headers()),
        path: &original.path,
        query: original.query.as_deref(),
        client_ip: original.client_ip,
        min_revision,
    }
}

/// 200 with what the proxy hands on, or the refusal.
fn answered(outcome: Result<Admitted, Response<Bytes>>) -> Response<Bytes> {
    let admitted = match outcome {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal,
    };
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.reserve(FIELDS);
    admitted.caller.identify(headers);
    admitted.caller.decorate(headers);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Room for the fields of an answer, so that they are not moved while they are put in.
const FIELDS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        client_address::TrustedProxies,
        credential::CredentialRules,
        fixture::{AUDIENCE, World, plain, record},
        route_table::{RouteSpec, RouteTable},
        upstream::Upstreams,
    };
    use std::net::SocketAddr;

    /// Who asks, with which fields, and what is answered.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16, &'a str);

    async fn ask(entrance: &Entrance, peer: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let mut request = Request::builder().uri("/gate/check").header("x-original-method", "GET").header("x-original-uri", "/v1/a");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let mut request = request.header("authorization", format!("Bearer {}", plain(1).expose())).body(()).expect("request");
        let address: SocketAddr = peer.parse().expect("address");
        request.extensions_mut().insert(Peer { address, secure: false, certificate: None });
        let response = answer(entrance, request).await;
        (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned())
    }

    #[tokio::test]
    async fn a_trusted_proxy_says_how_new_the_answer_must_be() {
        let world = World::fresh();
        world.issue(record(1));
        let spec: RouteSpec = serde_json::from_value(serde_json::json!({"path": "/v1/**", "audience": AUDIENCE})).expect("spec");
        let route = spec.read(&mut Upstreams::default()).expect("route");
        let trusted = TrustedProxies::parse(&["10.0.0.0/8"]).expect("networks");
        let table = RouteTable::new(vec![route]).expect("routes");
        let entrance = Entrance::new(world.gate.clone(), table, trusted, CredentialRules::default());
        let head = world.source.head().to_string();
        let cases: &[Case<'_>] = &[
            ("10.0.0.1:1", &[], 200, ""),
            ("10.0.0.1:1", &[("jeton-min-revision", &head)], 200, ""),
            ("10.0.0.1:1", &[("jeton-min-revision", "999")], 503, "unavailable"),
            ("10.0.0.1:1", &[("jeton-min-revision", "-1")], 400, "bad_min_revision"),
            ("10.0.0.1:1", &[("jeton-min-revision", "1"), ("jeton-min-revision", "1")], 400, "bad_min_revision"),
            ("192.0.2.1:1", &[("jeton-min-revision", &head)], 403, "untrusted_proxy"),
        ];
        for (peer, fields, status, code) in cases {
            let (answered, body) = ask(&entrance, peer, fields).await;
            assert!(answered == *status && body.contains(code), "{peer} {fields:?}: {answered} {body}");
        }
    }
}
