//! Where the answer to an authorization request goes. Read before anything else, since every other error is sent there.
//!
//! Must never come to an address that the client did not register.

use super::{RequestFault, Told, bounded};
use crate::{
    limits,
    oauth::{grant_type::GrantType, parameters::Parameters, registration::Registration},
};
use serde::{Deserialize, Serialize};

/// How the answer travels (OAuth 2.0 Multiple Response Type Encoding Practices; OAuth 2.0 Form Post Response Mode).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the address.
    #[default]
    Query,
    /// In a form that the browser posts to the address.
    FormPost,
}

/// Who asks, where the answer goes and how. Only registered addresses get in here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerTo {
    /// The client's id as the request names it.
    pub client_id: String,
    /// The address.
    pub redirect_uri: String,
    /// How.
    pub response_mode: ResponseMode,
    /// Goes back as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

impl ResponseMode {
    /// All of them, in the order in which metadata names them.
    pub const ALL: [Self; 2] = [Self::Query, Self::FormPost];

    /// As it stands in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }
    /// From its word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }
}

/// The address, and whether the request named it.
pub(super) fn read(parameters: &Parameters, client_id: &str, registration: &Registration) -> Result<(AnswerTo, bool), RequestFault> {
    let never = |why: &str| RequestFault::NeverRedirect(why.to_owned());
    if !registration.grant_types.contains(&GrantType::AuthorizationCode) {
        return Err(never("the client is not registered for the grant type `authorization_code`: it cannot send people here"));
    }
    let (redirect_uri, named) = match (parameters.find("redirect_uri"), registration.redirect_uris.as_slice()) {
        (Some(asked), _) => (registered_one(asked, registration)?, true),
        (None, [only]) => (only.clone(), false),
        (None, []) => return Err(never("the client has no registered `redirect_uri`")),
        (None, _) => {
            return Err(never("`redirect_uri` is missing: the client has more than one, so the request must name the one it means"));
        }
    };
    // A mode that does not exist is answered by the plain one; what it is told comes with the other faults.
    let response_mode = parameters.find("response_mode").map_or(Some(ResponseMode::Query), ResponseMode::parse);
    let state = bounded(parameters, "state", limits::STATE_MAX).unwrap_or_default();
    let answer_to = AnswerTo { client_id: client_id.to_owned(), redirect_uri, response_mode: response_mode.unwrap_or_default(), state };
    if response_mode.is_none() {
        let (code, description) = super::invalid("`response_mode` must be `query` or `form_post`");
        return Err(RequestFault::Redirect(Box::new(super::RedirectFault { code, description, answer_to })));
    }
    Ok((answer_to, named))
}

fn registered_one(asked: &str, registration: &Registration) -> Result<String, RequestFault> {
    if registration.redirects_to(asked) {
        return Ok(asked.to_owned());
    }
    Err(RequestFault::NeverRedirect(
        "the `redirect_uri` of the request is not registered for this client: it must be one of the registered addresses, \
         character by character (only the port of a loopback address may differ)"
            .to_owned(),
    ))
}

/// Whether `state` can go back as it came; otherwise it was left out of [`AnswerTo`].
pub(super) fn state_fits(parameters: &Parameters) -> Result<(), Told> {
    bounded(parameters, "state", limits::STATE_MAX).map(|_| ())
}
