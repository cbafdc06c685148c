//! What an axum handler takes to be called with a permit only: [`Permitted`] as an argument.
//!
//! Never makes a permit. Where no [`GateLayer`](crate::layer::GateLayer) stands in front of a handler, its requests are refused with
//! 503: a route that was left outside of the layer by mistake is shut, not open.
//!
//! ```
//! use axum::{Router, routing::get};
//! use jeton_gate::layer::Permitted;
//!
//! async fn orders(permitted: Permitted) -> String {
//!     format!("orders of {}", permitted.subject())
//! }
//!
//! let app: Router = Router::new().route("/v1/orders", get(orders));
//! ```

use crate::{answer, check::Refused, layer::Permitted, settings::Settings};
use axum::{
    body::Body,
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::Response,
};
use http::request::Parts;
use jeton_core::{
    denial::{Denial, Unavailable},
    timestamp::Timestamp,
};
use std::convert::Infallible;

impl<S: Sync> FromRequestParts<S> for Permitted {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!("a handler that takes a permit has no gate in front: put a `GateLayer` around its router");
            let refused = Refused::outright(Denial::Unavailable(Unavailable::Configuration), Timestamp::default());
            answer::refusal(&refused, &Settings::default()).map(Body::from)
        })
    }
}

/// For handlers that serve others as well: `Option<Permitted>`, behind a gate that lets everybody in or behind none.
impl<S: Sync> OptionalFromRequestParts<S> for Permitted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixture::{AUDIENCE, World, plain, record},
        layer::GateLayer,
    };
    use axum::{Router, routing::get};
    use http::Request;
    use http_body_util::BodyExt;
    use jeton_core::scope::Scope;
    use tower::ServiceExt;

    async fn told(app: &Router, token: Option<&str>) -> (u16, String) {
        let mut request = Request::builder().uri("/v1/orders");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = app.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn a_handler_gets_a_permit_or_is_not_called() {
        async fn orders(permitted: Permitted) -> String {
            let may = |text: &str| permitted.may(&Scope::parse(text).expect("a scope"));
            assert!(may("orders:read") && !may("orders:write"));
            assert_eq!(permitted.permit().token(), permitted.token());
            format!("{} by {}", permitted.subject(), permitted.client_id().unwrap_or_default())
        }
        let world = World::fresh();
        world.issue(record(1));
        let token = plain(1);
        let open = Router::new().route("/v1/orders", get(orders));
        let guarded = open.clone().layer(GateLayer::new(world.gate.clone(), AUDIENCE));
        assert_eq!(told(&guarded, Some(token.expose())).await, (200, "usr_000000000001 by client-0".to_owned()));
        assert_eq!(told(&guarded, None).await.0, 401);
        let (status, body) = told(&open, Some(token.expose())).await;
        assert!(status == 503 && body.contains("\"unavailable\""), "{status} {body}");
    }

    #[tokio::test]
    async fn who_serves_others_too_is_told_whether_there_is_one() {
        async fn orders(permitted: Option<Permitted>) -> &'static str {
            if permitted.is_some() { "somebody" } else { "nobody" }
        }
        let world = World::fresh();
        world.issue(record(1));
        let open = Router::new().route("/v1/orders", get(orders));
        assert_eq!(told(&open, None).await, (200, "nobody".to_owned()));
        let guarded = open.layer(GateLayer::new(world.gate.clone(), AUDIENCE));
        assert_eq!(told(&guarded, Some(plain(1).expose())).await, (200, "somebody".to_owned()));
    }
}
