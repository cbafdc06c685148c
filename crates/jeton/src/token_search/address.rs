//! A search as the query of an address: what reads it back gives the same search.

use super::{TokenQuery, WantedExpiry, WantedState, WantedUse};
use url::form_urlencoded::Serializer;

impl WantedState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Active, Self::Suspended, Self::Revoked, Self::Expired, Self::Alive];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Alive => "alive",
        }
    }
}

impl TokenQuery {
    /// What narrows it, as names and values, in the order in which they are documented. The page is left out.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let text = |value: &Option<String>| value.clone();
        let all = [
            ("q", text(&self.q)),
            ("kind", self.kind.map(|kind| kind.as_str().to_owned())),
            ("state", self.state.map(|state| state.as_str().to_owned())),
            ("subject", self.subject.as_ref().map(|subject| subject.as_str().to_owned())),
            ("project", self.project.map(|id| id.to_string())),
            ("client", text(&self.client)),
            ("audience", self.audience.as_ref().map(|audience| audience.as_str().to_owned())),
            ("scope", self.scope.as_ref().map(ToString::to_string)),
            ("network", text(&self.network)),
            ("hint", text(&self.hint)),
            ("parent", self.parent.map(|id| id.to_string())),
            ("expired", self.expired.map(|expired| expired.to_string())),
            ("expires", self.expires.map(|expires| if expires == WantedExpiry::Never { "never" } else { "soon" }.to_owned())),
            ("lives_over", self.lives_over.map(|seconds| seconds.to_string())),
            ("idle_days", self.idle_days.map(|days| days.to_string())),
            ("use", self.used.map(|WantedUse::OldSecret| "old_secret".to_owned())),
            ("issued_since", self.issued_since.map(|at| at.to_string())),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
    /// The query of an address, without the page.
    pub fn to_query(&self) -> String {
        Serializer::new(String::new()).extend_pairs(self.pairs()).finish()
    }
}
