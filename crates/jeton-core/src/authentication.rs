//! How and when a person signed in for a grant, and what a route may demand of that (RFC 9470).
//!
//! A class of this system that is stronger stands for a weaker one. Of any other class nothing is known: it stands for itself alone.

use crate::{name::Acr, timestamp::Timestamp};
use serde::{Deserialize, Serialize};

/// The classes that a sign-in here can come to, the weakest first.
pub const CLASSES: [&str; 2] = ["urn:jeton:acr:password", "urn:jeton:acr:mfa"];

/// The sign-in that a grant came from. Part of the grant's policy, so that it is under the mark of its row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authentication {
    /// When the person proved who it is, in seconds since 1970.
    pub auth_time: i64,
    /// The authentication context class that this came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<Acr>,
}

/// What a route demands of the sign-in behind a token. The default demands nothing, not even a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInDemand<'a> {
    /// The classes of which any one will do; empty where any class does.
    pub acr_values: &'a [Acr],
    /// How long ago the person may have signed in, in seconds.
    pub max_age: Option<u32>,
}

impl SignInDemand<'_> {
    /// Whether nothing is demanded.
    pub const fn is_empty(&self) -> bool {
        self.acr_values.is_empty() && self.max_age.is_none()
    }
    /// Whether a sign-in will do at the instant `now`; a token that no sign-in stands behind fulfils nothing but an empty demand.
    pub fn is_met_at(&self, authentication: Option<&Authentication>, now: Timestamp) -> bool {
        if self.is_empty() {
            return true;
        }
        let Some(own) = authentication else { return false };
        let is_of_class = self.acr_values.is_empty() || own.acr.as_ref().is_some_and(|acr| self.is_met_by(acr));
        let age = now.as_seconds().saturating_sub(own.auth_time);
        is_of_class && self.max_age.is_none_or(|oldest| age <= i64::from(oldest))
    }
    fn is_met_by(&self, own: &Acr) -> bool {
        self.acr_values.iter().any(|wanted| wanted == own || rank(wanted).is_some_and(|wanted| Some(wanted) < rank(own)))
    }
}

/// How strong a class of this system is.
fn rank(class: &Acr) -> Option<usize> {
    CLASSES.iter().position(|own| *own == class.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_and_age_are_both_asked_for() {
        let acr = |text: &str| Acr::parse(text).expect("a class");
        let (pwd, mfa) = (acr("urn:a:pwd"), acr("urn:a:mfa"));
        let now = Timestamp::from_seconds(1_800_000_000);
        let signed_in = |acr: Option<&Acr>, ago: i64| Authentication { auth_time: now.as_seconds() - ago, acr: acr.cloned() };
        let both = [pwd.clone(), mfa.clone()];
        let demand = |acr_values, max_age| SignInDemand { acr_values, max_age };
        for (demand, own, met) in [
            (demand(&[], None), None, true),
            (demand(&[], Some(60)), None, false),
            (demand(&[], Some(60)), Some(signed_in(None, 60)), true),
            (demand(&[], Some(60)), Some(signed_in(None, 61)), false),
            (demand(&[], Some(0)), Some(signed_in(None, 0)), true),
            (demand(&both[1..], None), None, false),
            (demand(&both[1..], None), Some(signed_in(None, 0)), false),
            (demand(&both[1..], None), Some(signed_in(Some(&pwd), 0)), false),
            (demand(&both[1..], None), Some(signed_in(Some(&mfa), 9_000)), true),
            (demand(&both, None), Some(signed_in(Some(&pwd), 9_000)), true),
            (demand(&both[1..], Some(60)), Some(signed_in(Some(&mfa), 61)), false),
            (demand(&both[1..], Some(60)), Some(signed_in(Some(&mfa), 59)), true),
        ] {
            assert_eq!(demand.is_met_at(own.as_ref(), now), met, "{demand:?} {own:?}");
        }
    }

    #[test]
    fn a_stronger_class_stands_for_a_weaker_one_of_this_system() {
        let acr = |text: &str| Acr::parse(text).expect("a class");
        let own = CLASSES.map(acr);
        let met = |wanted: &Acr, had: &Acr| {
            let signed_in = Authentication { auth_time: 0, acr: Some(had.clone()) };
            let wanted = [wanted.clone()];
            SignInDemand { acr_values: &wanted, max_age: None }.is_met_at(Some(&signed_in), Timestamp::from_seconds(1))
        };
        assert!(met(&own[0], &own[0]) && met(&own[0], &own[1]) && met(&own[1], &own[1]));
        assert!(!met(&own[1], &own[0]));
        let foreign = acr("urn:example:strong");
        assert!(!met(&own[0], &foreign) && !met(&foreign, &own[1]));
    }
}
