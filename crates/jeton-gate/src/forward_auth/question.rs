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
    let min_revision = match entrance.min_revision(Some(peer), request.headers()) {
        Ok(min_revision) => min_revision,
        Err(fault) => return fault.response(),
    };
    let asked = Asked {
        headers: request.headers(),
        method: original.method,
        host: original.host.as_deref(),
        path: &original.path,
        query: original.query.as_deref(),
        client_ip: original.client_ip,
        min_revision,
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
        request.extensions_mut().insert(Peer { address, secure: false });
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
