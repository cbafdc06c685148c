//! Who makes a call that may pass: the holder of a token, or somebody whom a public route lets in without one. Must never give
//! anybody a name that no decision has confirmed.

use crate::{
    answer,
    check::{Passed, Refused},
    route_table::GateRoute,
    settings::Disclosure,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use jeton_core::{
    denial::Denial,
    id::{DecisionId, TokenId},
};
use std::sync::Arc;

/// Tells the caller of a public route that its token counted for nothing, and why.
pub const WARNING: HeaderName = HeaderName::from_static("jeton-warning");

/// Who calls.
#[derive(Clone, Debug)]
pub enum Caller {
    /// The holder of a token that was decided on.
    Known(Box<Passed>),
    /// Nobody who is known, at a public route; with the token that was passed over, where one came.
    Anonymous(Option<PassedOver>),
}

/// What an access log tells of an answer that came from behind the gate: among the extensions of the proxy's answers.
#[derive(Clone, Debug)]
pub struct Note {
    /// The route.
    pub route: Arc<GateRoute>,
    /// The token, where the caller is known by one.
    pub token: Option<TokenId>,
}

/// A token that was not accepted at a route that needs none.
#[derive(Clone, Copy, Debug)]
pub struct PassedOver {
    code: &'static str,
    decision: DecisionId,
}

impl PassedOver {
    /// The token of a refusal that makes its caller anonymous at a public route: one that is not valid. Whatever else was refused
    /// stays refused: a limit that is spent, an address, a request that is out of order, and what could not be decided.
    pub(super) fn of(refused: &Refused, disclosure: Disclosure) -> Option<Self> {
        let told = answer::told(&refused.denial, disclosure);
        // Who is told a nonce can come again with it, and be known.
        let is_invalid = told.status == 401 && refused.denial != Denial::UseDpopNonce;
        is_invalid.then_some(Self { code: told.code, decision: refused.decision })
    }
}

impl Caller {
    /// What the decision rests on; `None` for whoever is not known.
    pub fn passed(&self) -> Option<&Passed> {
        match self {
            Self::Known(passed) => Some(passed),
            Self::Anonymous(_) => None,
        }
    }
    /// Tells the API behind who calls. The fields of whoever is not known are absent.
    pub fn identify(&self, headers: &mut HeaderMap) {
        match self {
            Self::Known(passed) => answer::identify(passed, headers),
            Self::Anonymous(_) => answer::unidentify(headers),
        }
    }
    /// Tells the caller how its limits stand, or that its token counted for nothing.
    pub fn decorate(&self, headers: &mut HeaderMap) {
        match self {
            Self::Known(passed) => answer::decorate(passed, headers),
            Self::Anonymous(None) => {}
            Self::Anonymous(Some(over)) => {
                let warning = HeaderValue::try_from(format!("anonymous;code=\"{}\"", over.code));
                headers.insert(WARNING, warning.unwrap_or_else(|_| HeaderValue::from_static("anonymous")));
                answer::name_decision(over.decision, headers);
            }
        }
    }
}
