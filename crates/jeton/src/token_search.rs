//! Which tokens somebody looks for, as it stands in a query of `/v1/tokens`, in the address of a list and in a request that revokes
//! many. One grammar for all three, so that an address found in one is good in the others.
//!
//! Never takes a whole token: what stands in an address ends up in logs.

mod address;

use crate::problem::{Problem, ProblemCode};
use jeton_core::{
    facts::TokenState,
    id::{ProjectId, TokenId},
    kind::TokenKind,
    limits,
    name::{Audience, Subject},
    network, redact,
    scope::Scope,
    timestamp::{Span, Timestamp},
};
use jeton_store::token::{Expiry, NetworksWanted, TokenFilter};
use serde::Deserialize;

/// Which tokens are wanted. All that is set must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, utoipa::IntoParams, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TokenQuery {
    /// An id, the last four characters of a token, or a subject.
    #[param(min_length = 1, max_length = 255)]
    #[schema(min_length = 1, max_length = 255)]
    pub q: Option<String>,
    /// `pat`, `key`, `pub`, `svc`, `oat`, `ort`, `cls` or `grt`.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, pattern = "^(pat|key|pub|svc|oat|ort|cls|grt)$")]
    pub kind: Option<TokenKind>,
    /// `active`, `suspended`, `revoked`, `expired`, or `alive` for what is active or suspended and has not expired.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, pattern = "^(active|suspended|revoked|expired|alive)$")]
    pub state: Option<WantedState>,
    /// Of this subject.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    pub subject: Option<Subject>,
    /// Of this project.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, pattern = "^prj_[0-9A-Za-z]{12}$")]
    pub project: Option<ProjectId>,
    /// Of the OAuth client that requests call this.
    #[param(max_length = 1024)]
    #[schema(min_length = 1, max_length = 1024)]
    pub client: Option<String>,
    /// For this API.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
    pub audience: Option<Audience>,
    /// That may do this, by itself or by a wildcard.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128)]
    pub scope: Option<Scope>,
    /// With this network among those that it may be used from; `any` for those that name none.
    #[param(max_length = 64)]
    #[schema(min_length = 1, max_length = 64)]
    pub network: Option<String>,
    /// With these last four characters.
    #[param(pattern = "^[0-9A-Za-z]{4}$")]
    #[schema(pattern = "^[0-9A-Za-z]{4}$")]
    pub hint: Option<String>,
    /// Derived from this token.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, pattern = "^[0-9A-Za-z]{12}$")]
    pub parent: Option<TokenId>,
    /// Only those that have expired, or only those that have not.
    pub expired: Option<bool>,
    /// `never`, or `soon` for within seven days.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, pattern = "^(never|soon)$")]
    pub expires: Option<WantedExpiry>,
    /// Issued for more than this many seconds, or without an end.
    #[param(minimum = 1, maximum = 315_360_000)]
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub lives_over: Option<u32>,
    /// Not used for this many days, and issued before that.
    #[param(minimum = 1, maximum = 400)]
    #[schema(minimum = 1, maximum = 400)]
    pub idle_days: Option<u32>,
    /// `old_secret`: the secret before the last rotation was used within 30 days.
    #[serde(rename = "use")]
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, pattern = "^old_secret$")]
    pub used: Option<WantedUse>,
    /// Issued from this instant on.
    #[param(value_type = Option<String>, format = DateTime)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub issued_since: Option<Timestamp>,
    /// The `next` of the page before.
    #[param(max_length = 512)]
    #[schema(max_length = 512)]
    pub cursor: Option<String>,
    /// Entries on the page: 1 to 500, 50 by default.
    #[param(minimum = 1, maximum = 500)]
    #[schema(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// A stored state, or one that follows from the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WantedState {
    /// Active and not expired.
    Active,
    /// Suspended.
    Suspended,
    /// Revoked.
    Revoked,
    /// Expired, whatever it was before.
    Expired,
    /// Active or suspended, and not expired.
    Alive,
}

/// When a token ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WantedExpiry {
    /// Never.
    Never,
    /// Within the time that is announced as soon.
    Soon,
}

/// What is remarkable about the use of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WantedUse {
    /// Its old secret is still used.
    OldSecret,
}

impl TokenQuery {
    /// What is asked of the store.
    pub fn filter(&self, now: Timestamp) -> Result<TokenFilter, Problem> {
        let mut filter = TokenFilter {
            kind: self.kind,
            subject: self.subject.clone(),
            project: self.project,
            client: self.client.clone(),
            audience: self.audience.clone(),
            scope: self.scope.clone(),
            hint: self.hint.clone(),
            parent: self.parent,
            networks: self.network.as_deref().map(networks).transpose()?,
            lives_over: self.lives_over.map(Span::from_seconds),
            idle_since: self.idle_days.map(|days| idle_since(days, now)).transpose()?,
            old_secret_since: self.used.map(|WantedUse::OldSecret| now.minus(limits::OLD_SECRET_NOTICE)),
            issued_since: self.issued_since,
            ..TokenFilter::default()
        };
        if filter.hint.as_deref().is_some_and(|hint| !is_hint(hint)) {
            return Err(bad("hint", "must be the last four characters of a token"));
        }
        if filter.client.as_ref().is_some_and(|client| client.is_empty() || client.len() > limits::CLIENT_URI_MAX) {
            return Err(bad("client", "must be what requests call a client"));
        }
        filter.expiry = self.expires.map(|expires| match expires {
            WantedExpiry::Never => Expiry::Never,
            WantedExpiry::Soon => Expiry::Between(now, now.plus(limits::EXPIRY_NOTICE)),
        });
        self.put_state(&mut filter, now)?;
        if let Some(text) = &self.q {
            put_search(&mut filter, text)?;
        }
        Ok(filter)
    }
    fn put_state(&self, filter: &mut TokenFilter, now: Timestamp) -> Result<(), Problem> {
        let mut expired = self.expired;
        match self.state {
            Some(WantedState::Expired) if expired == Some(false) => return Err(bad("expired", "must not contradict `state`")),
            Some(WantedState::Alive) if expired == Some(true) => return Err(bad("expired", "must not contradict `state`")),
            Some(WantedState::Expired) => expired = Some(true),
            Some(WantedState::Alive) => (filter.state_not, expired) = (Some(TokenState::Revoked), Some(false)),
            Some(WantedState::Active) => (filter.state, expired) = (Some(TokenState::Active), expired.or(Some(false))),
            Some(WantedState::Suspended) => filter.state = Some(TokenState::Suspended),
            Some(WantedState::Revoked) => filter.state = Some(TokenState::Revoked),
            None => {}
        }
        filter.expired_at = expired.map(|expired| (expired, now));
        Ok(())
    }
    /// Whether anything narrows it.
    pub fn is_empty(&self) -> bool {
        *self == Self { cursor: self.cursor.clone(), limit: self.limit, ..Self::default() }
    }
}

/// What the one field for everything means.
fn put_search(filter: &mut TokenFilter, text: &str) -> Result<(), Problem> {
    let text = text.trim();
    if redact::client_text(text, usize::MAX) != text {
        return Err(bad("q", "must not hold a whole token, which is a secret: look at it in the inspector instead"));
    }
    if let Ok(id) = TokenId::parse(text) {
        filter.ids = Some(vec![id]);
    } else if is_hint(text) {
        if filter.hint.as_deref().is_some_and(|own| own != text) {
            return Err(bad("q", "must not contradict `hint`"));
        }
        filter.hint = Some(text.to_owned());
    } else {
        let subject = Subject::parse(text).map_err(|_| bad("q", "must be an id, the last four characters of a token, or a subject"))?;
        if filter.subject.as_ref().is_some_and(|own| *own != subject) {
            return Err(bad("q", "must not contradict `subject`"));
        }
        filter.subject = Some(subject);
    }
    Ok(())
}

fn is_hint(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn networks(text: &str) -> Result<NetworksWanted, Problem> {
    match text {
        "any" => Ok(NetworksWanted::Any),
        text => network::parse_network(text)
            .map(|network| NetworksWanted::Named(network.to_string()))
            .map_err(|rule| bad("network", &rule.rule)),
    }
}

fn idle_since(days: u32, now: Timestamp) -> Result<Timestamp, Problem> {
    let span = Span::from_days(days);
    if days == 0 || span > limits::USAGE_LIFE {
        return Err(bad("idle_days", &format!("must be 1 to {}", limits::USAGE_LIFE.as_seconds_up() / 86_400)));
    }
    Ok(now.minus(span))
}

fn bad(field: &str, rule: &str) -> Problem {
    Problem::new(ProblemCode::BadQuery, format!("`{field}` {rule}")).at(field)
}

#[cfg(test)]
mod tests;
