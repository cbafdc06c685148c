//! The authorization request (RFC 6749, section 4.1.1; RFC 7636; RFC 8707; RFC 9449, section 10; OpenID Connect Core, section
//! 3.1.2.1): from raw parameters to something that can be decided on.
//!
//! Must never let an answer go to an address that the client did not register, and must never drop what a client asked for without
//! telling it.

mod claims;
mod destination;
mod fault;
mod prompt;
mod source;

pub use claims::{essential_acr, parse_claims, wanted_subject};
pub use destination::{AnswerTo, ResponseMode};
pub use fault::{RedirectFault, RequestCode, RequestFault};
pub use prompt::Prompts;
pub use source::{REQUEST_URI_PREFIX, RequestSource, parameters_of_object};

use super::{parameters::Parameters, pkce, registration::Registration, scope_words};
use crate::{
    limits,
    name::Audience,
    scope::{Scope, ScopeSet, printable},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A validated authorization request of a known client. Whether its scopes and APIs exist is decided by [`super::target`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks, and where and how the answer goes.
    pub answer_to: AnswerTo,
    /// Whether the request itself named the address; then the token request must name the same.
    pub redirect_uri_named: bool,
    /// What is asked for, each scope once; those that the client registered where the request names none.
    pub scopes: ScopeSet,
    /// Whether the request itself names them; see [`super::target::meant`].
    pub scopes_named: bool,
    /// The APIs that it is asked for (RFC 8707), each once.
    pub resources: Vec<Audience>,
    /// The S256 challenge (RFC 7636).
    pub code_challenge: String,
    /// Goes into the ID token as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// What the person must be shown, or must not.
    pub prompts: Prompts,
    /// How old the sign-in may be, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// Who is meant, as a help in signing in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// Authentication context classes that would do, the most wanted first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr_values: Vec<String>,
    /// Single claims that are asked for (OpenID Connect Core, section 5.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Value>,
    /// An ID token of the person that is meant. Not verified yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_hint: Option<String>,
    /// The thumbprint of the key that the code is to be bound to (RFC 9449, section 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// The `request_uri` under which it was pushed; it is used up when a code is issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_as: Option<String>,
}

impl AuthorizationRequest {
    /// Validates the parameters of a request against what its client registered. The client's id is compared by the caller.
    pub fn read(parameters: &Parameters, client_id: &str, registration: &Registration) -> Result<Self, RequestFault> {
        let (answer_to, redirect_uri_named) = destination::read(parameters, client_id, registration)?;
        let read = Reader { parameters, registration };
        read.request(&answer_to, redirect_uri_named)
            .map_err(|(code, description)| RequestFault::Redirect(Box::new(RedirectFault { code, description, answer_to })))
    }
    /// Whether it is a request of OpenID Connect.
    pub fn is_openid(&self) -> bool {
        self.scopes.iter().any(|scope| scope.as_str() == scope_words::OPENID)
    }
}

/// A code of RFC 6749 and what is wrong, in words for the client's developer.
type Told = (RequestCode, String);

struct Reader<'r> {
    parameters: &'r Parameters,
    registration: &'r Registration,
}

impl Reader<'_> {
    fn request(&self, answer_to: &AnswerTo, redirect_uri_named: bool) -> Result<AuthorizationRequest, Told> {
        self.response_type()?;
        destination::state_fits(self.parameters)?;
        let text = |name, longest| bounded(self.parameters, name, longest);
        let claims = self.parameters.find("claims").map(parse_claims).transpose()?;
        Ok(AuthorizationRequest {
            answer_to: answer_to.clone(),
            redirect_uri_named,
            code_challenge: self.code_challenge()?,
            scopes: self.with_words_of(claims.as_ref(), self.scopes()?),
            scopes_named: self.parameters.find("scope").is_some(),
            resources: self.resources()?,
            nonce: text("nonce", limits::NONCE_MAX)?,
            prompts: Prompts::parse(self.parameters.find("prompt").unwrap_or_default())?,
            max_age: self.max_age()?,
            login_hint: text("login_hint", limits::LOGIN_HINT_MAX)?,
            acr_values: self.acr_values()?,
            claims,
            id_token_hint: text("id_token_hint", limits::JWT_MAX)?,
            dpop_jkt: self.dpop_jkt()?,
            pushed_as: None,
        })
    }
    fn response_type(&self) -> Result<(), Told> {
        match self.parameters.find("response_type") {
            Some("code") => Ok(()),
            None => Err(invalid("`response_type` is missing: send `response_type=code`")),
            Some(other) => {
                let told = format!("`response_type={}` does not exist here: send `response_type=code`", printable(other));
                Err((RequestCode::UnsupportedResponseType, told))
            }
        }
    }
    /// PKCE is required of every client, and `plain` (which an absent method stands for) does not exist.
    fn code_challenge(&self) -> Result<String, Told> {
        let challenge = self.parameters.find("code_challenge");
        let challenge = challenge.ok_or_else(|| invalid("`code_challenge` is missing: PKCE (RFC 7636) is required of every client"))?;
        match self.parameters.find("code_challenge_method") {
            Some("S256") => {}
            None => return Err(invalid("`code_challenge_method` is missing, which stands for `plain`: send `code_challenge_method=S256`")),
            Some(_) => return Err(invalid("`code_challenge_method` must be `S256`")),
        }
        if !pkce::is_challenge(challenge) {
            return Err(invalid("`code_challenge` must be the SHA-256 of the verifier: 43 characters of base64url without padding"));
        }
        Ok(challenge.to_owned())
    }
    fn scopes(&self) -> Result<ScopeSet, Told> {
        let registered = self.registration.scope.as_deref();
        let asked = self.parameters.find("scope").or(registered).unwrap_or_default();
        let asked = read_scopes(asked)?;
        let Some(registered) = registered else { return Ok(asked) };
        let registered = read_scopes(registered)?;
        let beyond: Vec<&str> = asked.iter().filter(|scope| !registered.covers(scope)).map(Scope::as_str).collect();
        if beyond.is_empty() {
            return Ok(asked);
        }
        Err((RequestCode::InvalidScope, format!("the client is not registered for {}", quoted(&beyond))))
    }
    /// With the words for single claims that are asked for: they are no claims of scope, so what the client may not ask for is left out.
    fn with_words_of(&self, claims: Option<&Value>, asked: ScopeSet) -> ScopeSet {
        let is_openid = asked.iter().any(|scope| scope.as_str() == scope_words::OPENID);
        let Some(claims) = claims.filter(|_| is_openid && self.parameters.find("scope").is_some()) else { return asked };
        let registered = self.registration.scope.as_deref().and_then(|text| read_scopes(text).ok());
        let words = claims::words_of_claims(claims);
        let more = words.iter().filter(|word| registered.as_ref().is_none_or(|registered| registered.covers(word)));
        ScopeSet::from_scopes(asked.iter().chain(more).cloned().collect())
    }
    fn resources(&self) -> Result<Vec<Audience>, Told> {
        let mut resources: Vec<Audience> = Vec::new();
        for text in self.parameters.all("resource") {
            let resource = Audience::parse(text).map_err(|rule| (RequestCode::InvalidTarget, format!("`resource` {rule}")))?;
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        }
        if resources.len() > limits::AUDIENCES_MAX {
            return Err((RequestCode::InvalidTarget, format!("`resource` names more than {} APIs", limits::AUDIENCES_MAX)));
        }
        Ok(resources)
    }
    fn max_age(&self) -> Result<Option<u32>, Told> {
        match self.parameters.find("max_age") {
            None => Ok(self.registration.default_max_age),
            Some(text) => {
                let read = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).and_then(|text| text.parse().ok());
                read.map(Some).ok_or_else(|| invalid("`max_age` must be a number of seconds"))
            }
        }
    }
    fn acr_values(&self) -> Result<Vec<String>, Told> {
        let text = bounded(self.parameters, "acr_values", limits::KEPT_TEXT_MAX)?.unwrap_or_default();
        let values: Vec<String> = text.split(' ').filter(|value| !value.is_empty()).map(str::to_owned).collect();
        if values.len() > limits::ACR_VALUES_MAX {
            return Err(invalid(format!("`acr_values` holds more than {} values", limits::ACR_VALUES_MAX)));
        }
        Ok(values)
    }
    fn dpop_jkt(&self) -> Result<Option<String>, Told> {
        match self.parameters.find("dpop_jkt") {
            Some(text) if !pkce::is_challenge(text) => Err(invalid("`dpop_jkt` must be a SHA-256 thumbprint (RFC 7638) in base64url")),
            found => Ok(found.map(str::to_owned)),
        }
    }
}

/// Scopes as a client writes them: one that comes twice counts once; a wildcard cannot be asked for.
fn read_scopes(text: &str) -> Result<ScopeSet, Told> {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    if words.len() > limits::SCOPES_MAX {
        return Err((RequestCode::InvalidScope, format!("`scope` holds more than {} scopes", limits::SCOPES_MAX)));
    }
    let mut scopes = Vec::with_capacity(words.len());
    for word in words {
        match Scope::parse(word) {
            Ok(scope) if !scope.is_wildcard() => scopes.push(scope),
            Ok(_) => return Err((RequestCode::InvalidScope, format!("`{}` is a wildcard: name each scope", printable(word)))),
            Err(rule) => return Err((RequestCode::InvalidScope, format!("`{}` is no scope: it {rule}", printable(word)))),
        }
    }
    Ok(ScopeSet::from_scopes(scopes))
}

/// A parameter that goes on as it is: bounded, without control characters.
fn bounded(parameters: &Parameters, name: &str, longest: usize) -> Result<Option<String>, Told> {
    match parameters.find(name) {
        Some(text) if text.len() > longest => Err(invalid(format!("`{name}` is longer than {longest} bytes"))),
        Some(text) if text.chars().any(char::is_control) => Err(invalid(format!("`{name}` holds a control character"))),
        found => Ok(found.map(str::to_owned)),
    }
}

pub(crate) fn quoted(words: &[&str]) -> String {
    let shown: Vec<String> = words.iter().take(8).map(|word| format!("`{}`", printable(word))).collect();
    let more = if words.len() > 8 { format!(" and {} more", words.len() - 8) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn invalid(description: impl Into<String>) -> Told {
    (RequestCode::InvalidRequest, description.into())
}

#[cfg(test)]
mod tests;
