//! Ids in paths. What cannot be one is a fault of the path, said without repeating it: it may be a secret.

use crate::problem::Problem;
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use jeton_core::{fault::Invalid, id::BadId};
use std::str::FromStr;

/// An id out of the path.
#[derive(Clone, Copy, Debug)]
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr<Err = BadId>> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let bad = |rule: String| Problem::field("id", &Invalid::new(rule));
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| bad("must be one id".into()))?;
        text.parse().map(Self).map_err(|fault| bad(fault.to_string()))
    }
}
