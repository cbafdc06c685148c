//! Limits that an API lays down for those who call it, besides what each token brings along: at what pace a subject, a client, a
//! project or everybody together may call, at the whole API or at one of its routes.
//!
//! Rates alone, which are spent as those of tokens are; a call spends all of its limits or none.

pub use crate::allowance::OnUnavailable;
use crate::{
    allowance::{Allowances, Rate},
    fault::Invalid,
    limits,
};
use serde::{Deserialize, Serialize};

/// By what calls are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Each token by itself.
    Token,
    /// All tokens of one subject.
    Subject,
    /// All tokens of one OAuth client; a token of no client is not counted.
    Client,
    /// All tokens of one project; a token of no project is not counted.
    Project,
    /// All calls.
    Everybody,
}

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiLimit {
    /// By what calls are counted together.
    pub per: Per,
    /// Calls (or their cost) per window.
    pub requests: u64,
    /// The window in seconds.
    pub per_seconds: u32,
    /// How many may come at once; `requests` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u64>,
    /// What becomes of a call where this cannot be evaluated.
    #[serde(default, skip_serializing_if = "OnUnavailable::is_deny")]
    pub on_unavailable: OnUnavailable,
}

impl Per {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 5] = [Self::Token, Self::Subject, Self::Client, Self::Project, Self::Everybody];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Subject => "subject",
            Self::Client => "client",
            Self::Project => "project",
            Self::Everybody => "everybody",
        }
    }
    /// From its word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }
}

impl ApiLimit {
    /// The pace.
    pub const fn rate(&self) -> Rate {
        Rate { requests: self.requests, per_seconds: self.per_seconds, burst: self.burst }
    }
    /// Checks the limits of one place: their numbers, that none is said twice, and that those which are counted together agree on what
    /// becomes of a call where they cannot be evaluated.
    pub fn validate(all: &[Self]) -> Result<(), Invalid> {
        if all.len() > limits::API_LIMITS_MAX {
            return Err(Invalid::new(format!("must hold at most {} limits in one place", limits::API_LIMITS_MAX)));
        }
        for per in Per::ALL {
            let own: Vec<&Self> = all.iter().filter(|limit| limit.per == per).collect();
            Allowances { rates: own.iter().map(|limit| limit.rate()).collect(), ..Allowances::default() }.validate()?;
            if own.iter().enumerate().any(|(at, limit)| own.iter().take(at).any(|earlier| earlier.per_seconds == limit.per_seconds)) {
                return Err(Invalid::new(format!("must not hold two limits per {} with the same window", per.as_str())));
            }
            if own.iter().any(|limit| own.first().is_some_and(|first| first.on_unavailable != limit.on_unavailable)) {
                return Err(Invalid::new(format!("must say the same `on_unavailable` for all limits per {}", per.as_str())));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(per: Per, requests: u64, per_seconds: u32) -> ApiLimit {
        ApiLimit { per, requests, per_seconds, burst: None, on_unavailable: OnUnavailable::Deny }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let good = [limit(Per::Subject, 10, 1), limit(Per::Subject, 100, 60), limit(Per::Client, 10, 1)];
        assert_eq!(ApiLimit::validate(&good), Ok(()));
        assert_eq!(ApiLimit::validate(&[]), Ok(()));
        let lenient = ApiLimit { on_unavailable: OnUnavailable::Allow, ..limit(Per::Subject, 5, 5) };
        for bad in [
            vec![limit(Per::Subject, 10, 1), limit(Per::Subject, 20, 1)],
            vec![limit(Per::Subject, 0, 1)],
            vec![limit(Per::Subject, 1, 0)],
            vec![limit(Per::Subject, 10, 1), lenient],
            (1..6).map(|seconds| limit(Per::Token, 1, seconds)).collect(),
            [Per::Token, Per::Subject, Per::Client].iter().flat_map(|per| (1..4).map(|seconds| limit(*per, 1, seconds))).collect(),
        ] {
            assert!(ApiLimit::validate(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        let text = r#"{"per":"everybody","requests":5,"per_seconds":60}"#;
        let read: ApiLimit = serde_json::from_str(text).expect("read");
        assert_eq!(read, limit(Per::Everybody, 5, 60));
        assert_eq!(serde_json::to_string(&read).expect("written"), text);
        assert!(Per::ALL.into_iter().all(|per| Per::parse(per.as_str()) == Some(per)));
        for bad in [r#"{"per":"nobody","requests":5,"per_seconds":60}"#, r#"{"per":"token","requests":5,"per_seconds":60,"x":1}"#] {
            assert!(serde_json::from_str::<ApiLimit>(bad).is_err(), "{bad}");
        }
    }
}
