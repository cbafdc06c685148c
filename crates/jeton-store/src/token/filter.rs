//! Which tokens of a list are wanted, and how that is asked of either engine: what an index leads to first, then what each row
//! that was found is looked at for.

use super::{Owner, TokenDetail};
use crate::{marks::Marks, store::Engine};
use jeton_core::{
    facts::TokenState,
    id::{ProjectId, TokenId},
    kind::TokenKind,
    name::{Audience, Subject},
    scope::Scope,
    timestamp::{Span, Timestamp},
};

/// Which tokens are wanted. All that is set must fit.
#[derive(Clone, Debug, Default)]
pub struct TokenFilter {
    /// Of this kind.
    pub kind: Option<TokenKind>,
    /// In this stored state. An expired token keeps the state that it had.
    pub state: Option<TokenState>,
    /// Not in this stored state.
    pub state_not: Option<TokenState>,
    /// Of this subject.
    pub subject: Option<Subject>,
    /// Of this project.
    pub project: Option<ProjectId>,
    /// Of the OAuth client that requests call this.
    pub client: Option<String>,
    /// For this API.
    pub audience: Option<Audience>,
    /// That may do this, by itself or by a wildcard.
    pub scope: Option<Scope>,
    /// With these networks.
    pub networks: Option<NetworksWanted>,
    /// With these last four characters.
    pub hint: Option<String>,
    /// Which of the tokens with these characters. Found out when it is asked: see [`Part`].
    pub part: Option<Part>,
    /// Derived from this token.
    pub parent: Option<TokenId>,
    /// Expired (or not) at this instant.
    pub expired_at: Option<(bool, Timestamp)>,
    /// Ending so.
    pub expiry: Option<Expiry>,
    /// Issued for longer than this, or without an end.
    pub lives_over: Option<Span>,
    /// Not used since this instant, and issued before it.
    pub idle_since: Option<Timestamp>,
    /// Whose secret before the last rotation was used since this instant.
    pub old_secret_since: Option<Timestamp>,
    /// Issued from this instant on.
    pub issued_since: Option<Timestamp>,
    /// Issued before this instant.
    pub issued_until: Option<Timestamp>,
    /// One of these.
    pub ids: Option<Vec<TokenId>>,
    /// Whether some of the organisation's tokens were cut, so that their rows alone do not tell their states. Found out when it is asked.
    pub cut: bool,
}

/// Tokens with the same last characters are found in two parts, one after the other: what was issued to stay, to which an index leads,
/// and the access and refresh tokens of OAuth, which come in masses and go again, and are looked for among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What was issued to stay.
    Lasting,
    /// Access and refresh tokens of OAuth.
    Passing,
}

/// What leads to the tokens that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    Ids,
    Parent,
    Hint,
    Client,
    Subject,
    Project,
    Rotated,
    Endless,
    Kind,
    State,
    Newest,
}

/// Which networks a token names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworksWanted {
    /// None: it may be used from everywhere, or everywhere but some.
    Any,
    /// This one among those that it may be used from, as it is written when it is read.
    Named(String),
}

/// When a token ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Never.
    Never,
    /// Between these instants.
    Between(Timestamp, Timestamp),
}

impl Part {
    /// The part that tokens of a kind are in.
    pub(super) const fn of(kind: TokenKind) -> Self {
        if matches!(kind, TokenKind::Oat | TokenKind::Ort) { Self::Passing } else { Self::Lasting }
    }
}

impl TokenFilter {
    /// Whether nothing is asked for: every token is wanted.
    pub fn is_empty(&self) -> bool {
        let Self { kind, state, state_not, subject, project, client, audience, scope, networks, hint, parent, .. } = self;
        let first = kind.is_none() && state.is_none() && state_not.is_none() && subject.is_none() && project.is_none() && client.is_none();
        let second = audience.is_none() && scope.is_none() && networks.is_none() && hint.is_none() && parent.is_none();
        let Self { expired_at, expiry, lives_over, idle_since, old_secret_since, issued_since, issued_until, ids, .. } = self;
        let third = expired_at.is_none() && expiry.is_none() && lives_over.is_none() && idle_since.is_none() && old_secret_since.is_none();
        first && second && third && issued_since.is_none() && issued_until.is_none() && ids.is_none()
    }
    /// The same where cuts are known.
    pub(super) fn heeding_cuts(&self, marks: &Marks, owner: Owner) -> Self {
        Self { cut: marks.cuts.known().latest(owner).is_some(), ..self.clone() }
    }
    /// The same in the parts that it is asked in.
    pub(super) fn parts(&self) -> Vec<Self> {
        let part = |part| Self { part, ..self.clone() };
        match self.kind {
            _ if self.hint.is_none() || self.ids.is_some() || self.parent.is_some() => vec![part(None)],
            Some(kind) if Part::of(kind) == Part::Passing => vec![part(None)],
            Some(_) => vec![part(Some(Part::Lasting))],
            None => vec![part(Some(Part::Lasting)), part(Some(Part::Passing))],
        }
    }
    /// What leads to the fewest rows: its index is followed.
    pub(super) const fn lead(&self) -> Lead {
        match self {
            Self { ids: Some(_), .. } => Lead::Ids,
            Self { parent: Some(_), .. } => Lead::Parent,
            Self { hint: Some(_), part: Some(Part::Lasting), .. } => Lead::Hint,
            Self { client: Some(_), .. } => Lead::Client,
            Self { subject: Some(_), .. } => Lead::Subject,
            Self { project: Some(_), .. } => Lead::Project,
            Self { old_secret_since: Some(_), .. } => Lead::Rotated,
            Self { expiry: Some(Expiry::Never), .. } => Lead::Endless,
            Self { kind: Some(kind), .. } if kind.issued_directly() => Lead::Kind,
            Self { state: Some(TokenState::Suspended), .. } | Self { state: Some(TokenState::Revoked), cut: false, .. } => Lead::State,
            _ => Lead::Newest,
        }
    }
    /// Whether more is asked for than what leads: then each row that was found is looked at, and a page looks at a bounded number.
    pub(super) fn looks_at_rows(&self) -> bool {
        let mut rest = Self { issued_since: None, issued_until: None, ..self.clone() };
        match self.lead() {
            Lead::Ids => rest.ids = None,
            Lead::Parent => rest.parent = None,
            Lead::Hint => rest.hint = None,
            Lead::Client => rest.client = None,
            Lead::Subject => rest.subject = None,
            Lead::Project => rest.project = None,
            Lead::Endless => rest.expiry = None,
            Lead::Kind => rest.kind = None,
            Lead::State => rest.state = None,
            Lead::Rotated | Lead::Newest => {}
        }
        !rest.is_empty()
    }
    /// What the text of the row could only be searched for, read: whether a token that was found is truly wanted.
    pub(super) fn fits(&self, detail: &TokenDetail) -> bool {
        let policy = &detail.record.policy;
        let network_fits = match &self.networks {
            None => true,
            Some(NetworksWanted::Any) => policy.networks.allow().is_empty(),
            Some(NetworksWanted::Named(network)) => policy.networks.allow().iter().any(|own| own.to_string() == *network),
        };
        let state = detail.record.state;
        let state_fits = self.state.is_none_or(|wanted| wanted == state) && self.state_not != Some(state);
        network_fits
            && state_fits
            && self.scope.as_ref().is_none_or(|scope| policy.scopes.covers(scope))
            && self.audience.as_ref().is_none_or(|audience| policy.audiences.contains(audience))
            && self.client.as_deref().is_none_or(|client| policy.client_id.as_deref() == Some(client))
    }
    /// Scopes in the text of a policy, quotation marks included, any of which opens the one that is wanted.
    pub(super) fn scope_texts(&self) -> Vec<String> {
        let Some(scope) = &self.scope else { return Vec::new() };
        let text = scope.as_str();
        let stems = text.match_indices(':').map(|(at, _)| format!("\"{}:*\"", text.get(..at).unwrap_or_default()));
        std::iter::once(format!("\"{text}\"")).chain(stems).collect()
    }
    /// The condition on the organisation. Where ids lead, SQLite is kept from following the index of all of an organisation's tokens for
    /// the sake of their order.
    pub(crate) const fn owned(&self, engine: Engine) -> &'static str {
        match (engine, self.lead()) {
            (Engine::Sqlite, Lead::Ids) => "+t.organisation = ",
            _ => "t.organisation = ",
        }
    }
    /// The ids as a JSON array, for either engine's own way of unfolding one.
    pub(super) fn ids_text(&self) -> Option<String> {
        let ids = self.ids.as_ref()?;
        Some(format!("[{}]", ids.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(",")))
    }
}

/// Adds to a statement over `tokens t` what an index can lead to: only what leads, where `$lead` names it. A macro because a builder
/// belongs to one engine.
macro_rules! found_by_index {
    ($sql:ident, $filter:expr, $engine:expr, $lead:expr) => {
        let filter: &$crate::token::TokenFilter = $filter;
        let lead: Option<$crate::token::filter::Lead> = $lead;
        let leads = |own: $crate::token::filter::Lead| lead.is_none_or(|lead| lead == own);
        if let Some(kind) = filter.kind.filter(|_| leads($crate::token::filter::Lead::Kind)) {
            $sql.push(" AND t.kind = ").push_bind(kind.as_str());
            if kind.issued_directly() {
                // The condition of the index, word for word.
                $sql.push(" AND t.kind IN ('pat', 'key', 'pub', 'svc')");
            }
        }
        let is_told_by_rows = |state: &jeton_core::facts::TokenState| !filter.cut || *state != jeton_core::facts::TokenState::Revoked;
        if let Some(state) = filter.state.filter(is_told_by_rows).filter(|_| leads($crate::token::filter::Lead::State)) {
            $sql.push(" AND t.state = ").push_bind(state.as_str());
            if state != jeton_core::facts::TokenState::Active {
                $sql.push(" AND t.state <> 'active'");
            }
        }
        if let Some(subject) = filter.subject.as_ref().filter(|_| leads($crate::token::filter::Lead::Subject)) {
            $sql.push(" AND t.subject = ").push_bind(subject.as_str());
        }
        if let Some(project) = filter.project.filter(|_| leads($crate::token::filter::Lead::Project)) {
            $sql.push(" AND t.project = ").push_bind(project.to_string());
        }
        if let Some(client) = filter.client.as_deref().filter(|_| leads($crate::token::filter::Lead::Client)) {
            let of = match $engine {
                $crate::store::Engine::Sqlite => " AND json_extract(t.policy, '$.client_id') = ",
                $crate::store::Engine::Postgres => " AND ((t.policy::json) ->> 'client_id') = ",
            };
            $sql.push(of).push_bind(client).push(" AND t.kind IN ('oat', 'ort', 'cls', 'grt')");
        }
        if let Some(parent) = filter.parent.filter(|_| leads($crate::token::filter::Lead::Parent)) {
            $sql.push(" AND t.parent = ").push_bind(parent.to_string());
        }
        if let Some(hint) = filter.hint.as_deref().filter(|_| leads($crate::token::filter::Lead::Hint)) {
            $sql.push(" AND t.hint = ").push_bind(hint);
            match filter.part {
                // The condition of the index, word for word.
                Some($crate::token::filter::Part::Lasting) => {
                    $sql.push(" AND t.hint <> '' AND t.kind NOT IN ('oat', 'ort')");
                }
                Some($crate::token::filter::Part::Passing) => {
                    $sql.push(" AND t.kind IN ('oat', 'ort')");
                }
                None => {}
            }
        }
        if filter.expiry == Some($crate::token::Expiry::Never) && leads($crate::token::filter::Lead::Endless) {
            $sql.push(" AND t.expires_at IS NULL");
        }
        if filter.old_secret_since.is_some() && leads($crate::token::filter::Lead::Rotated) {
            $sql.push(" AND t.previous_until IS NOT NULL");
        }
        if let Some(since) = filter.issued_since {
            $sql.push(" AND t.issued_at >= ").push_bind(since.as_micros());
        }
        if let Some(until) = filter.issued_until {
            $sql.push(" AND t.issued_at < ").push_bind(until.as_micros());
        }
        if let Some(ids) = filter.ids_text().filter(|_| leads($crate::token::filter::Lead::Ids)) {
            let unfolded = match $engine {
                $crate::store::Engine::Sqlite => (" AND t.id IN (SELECT value FROM json_each(", "))"),
                $crate::store::Engine::Postgres => (" AND t.id IN (SELECT json_array_elements_text(", "::json))"),
            };
            $sql.push(unfolded.0).push_bind(ids).push(unfolded.1);
        }
    };
}

/// Adds what each row that was found is looked at for.
macro_rules! looked_at {
    ($sql:ident, $filter:expr, $engine:expr) => {
        let filter: &$crate::token::TokenFilter = $filter;
        let within = |column: &str| match $engine {
            $crate::store::Engine::Sqlite => format!("instr(t.{column}, "),
            $crate::store::Engine::Postgres => format!("strpos(t.{column}, "),
        };
        if let Some(state) = filter.state_not {
            $sql.push(" AND t.state <> ").push_bind(state.as_str());
        }
        if filter.cut {
            let covered = $crate::cut::covered($engine);
            match (filter.state, filter.state_not) {
                (Some(jeton_core::facts::TokenState::Revoked), _) => {
                    $sql.push(" AND (t.state = 'revoked' OR ").push(covered).push(")");
                }
                (Some(_), _) | (None, Some(jeton_core::facts::TokenState::Revoked)) => {
                    $sql.push(" AND NOT ").push(covered);
                }
                (None, _) => {}
            }
        }
        if let Some(audience) = &filter.audience {
            $sql.push(" AND ").push(within("audiences")).push_bind($crate::token::list::line_of(audience)).push(") > 0");
        }
        let scopes = filter.scope_texts();
        if !scopes.is_empty() {
            $sql.push(" AND (1 = 0");
            for scope in scopes {
                $sql.push(" OR ").push(within("policy")).push_bind(scope).push(") > 0");
            }
            $sql.push(")");
        }
        match &filter.networks {
            Some($crate::token::NetworksWanted::Any) => {
                $sql.push(" AND ").push(within("policy")).push_bind("\"networks\":{\"allow\":").push(") = 0");
            }
            Some($crate::token::NetworksWanted::Named(network)) => {
                $sql.push(" AND ").push(within("policy")).push_bind(format!("\"{network}\"")).push(") > 0");
            }
            None => {}
        }
        if let Some((expired, at)) = filter.expired_at {
            let rule = if expired { " AND t.expires_at <= " } else { " AND COALESCE(t.expires_at, 9223372036854775807) > " };
            $sql.push(rule).push_bind(at.as_micros());
        }
        if let Some($crate::token::Expiry::Between(from, until)) = filter.expiry {
            $sql.push(" AND t.expires_at >= ").push_bind(from.as_micros());
            $sql.push(" AND t.expires_at < ").push_bind(until.as_micros());
        }
        if let Some(span) = filter.lives_over {
            $sql.push(" AND COALESCE(t.expires_at - t.issued_at, 9223372036854775807) > ").push_bind(span.as_micros());
        }
        if let Some(since) = filter.idle_since {
            $sql.push(" AND t.issued_at < ").push_bind(since.as_micros());
            // One look-up for each row: asked for by `EXISTS`, PostgreSQL reads every use that there is.
            $sql.push(" AND COALESCE((SELECT u.at FROM last_uses u WHERE u.token = t.id), 0) < ").push_bind(since.as_micros());
        }
        if let Some(since) = filter.old_secret_since {
            $sql.push(" AND (SELECT u.previous_secret_at FROM last_uses u WHERE u.token = t.id) >= ").push_bind(since.as_micros());
        }
    };
}

pub(super) use {found_by_index, looked_at};
