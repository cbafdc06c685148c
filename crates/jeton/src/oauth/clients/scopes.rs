//! Which scopes a client is registered for: what it asks for, and no more than it may have without an operator's word.

use crate::authority::Authority;
use jeton_core::{
    id::OrganisationId,
    oauth::{client_change::part_scopes, registration::Registration, scope_words},
    scope::{Scope, ScopeSet},
};

/// A registration whose scopes are settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What holds.
    pub now: Registration,
    /// What would hold after approval, where that is more.
    pub waiting: Option<Registration>,
}

/// Settles the scopes of a client that no operator registers. Without `scope` it gets all that is not sensitive. Sensitive ones wait
/// for approval, but for those in `approved`; ones that no API knows are left out.
pub fn settle(authority: &Authority, owner: OrganisationId, mut wanted: Registration, approved: &ScopeSet) -> Settled {
    let (open, sensitive) = known(authority, owner);
    let Some(_) = &wanted.scope else {
        wanted.scope = Some(union(&open, approved).to_spaced());
        return Settled { now: wanted, waiting: None };
    };
    let asked = wanted.scopes();
    let now = part_scopes(&asked, &union(&open, approved));
    let later = part_scopes(&asked, &union(&union(&open, approved), &sensitive));
    let waiting = (later != now).then(|| Registration { scope: Some(later.to_spaced()), ..wanted.clone() });
    wanted.scope = Some(now.to_spaced());
    Settled { now: wanted, waiting }
}

/// The scopes of an organisation's APIs that everybody may ask for, with the words of OpenID Connect; and those that are sensitive.
/// The management interface's own are none of them.
fn known(authority: &Authority, owner: OrganisationId) -> (ScopeSet, ScopeSet) {
    let (mut open, mut sensitive): (Vec<Scope>, Vec<Scope>) = (scope_words::scope_words().iter().cloned().collect(), Vec::new());
    for api in authority.gate.apis_of(owner).iter().filter(|api| !authority.is_management(&api.audience)) {
        for own in &api.scopes {
            if own.sensitive { &mut sensitive } else { &mut open }.push(own.scope.clone());
        }
    }
    // Sensitive for one API is sensitive.
    open.retain(|scope| !sensitive.contains(scope));
    (ScopeSet::from_scopes(open), ScopeSet::from_scopes(sensitive))
}

fn union(one: &ScopeSet, other: &ScopeSet) -> ScopeSet {
    ScopeSet::from_scopes(one.iter().chain(other.iter()).cloned().collect())
}
