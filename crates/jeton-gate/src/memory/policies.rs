//! One copy of each policy for all tokens with an equal one. Bounded by the memory that uses it: what nobody else holds is
//! dropped when the list has doubled.

use jeton_core::policy::Policy;
use parking_lot::Mutex;
use std::{collections::HashSet, sync::Arc};

/// The policies in use.
#[derive(Default)]
pub(crate) struct Policies {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    policies: HashSet<Arc<Policy>>,
    /// How many were left after the last sweep.
    after_sweep: usize,
}

/// Below this many policies nothing is swept.
const SWEEP_FROM: usize = 1024;

impl Policies {
    /// The shared copy that equals `policy`.
    pub(crate) fn share(&self, policy: &Arc<Policy>) -> Arc<Policy> {
        let mut held = self.held.lock();
        if let Some(shared) = held.policies.get(policy) {
            return Arc::clone(shared);
        }
        if held.policies.len() >= SWEEP_FROM.max(held.after_sweep.saturating_mul(2)) {
            held.policies.retain(|shared| Arc::strong_count(shared) > 1);
            held.policies.shrink_to_fit();
            held.after_sweep = held.policies.len();
        }
        held.policies.insert(Arc::clone(policy));
        Arc::clone(policy)
    }
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.held.lock().policies.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::policy;

    #[test]
    fn equal_policies_are_one() {
        let policies = Policies::default();
        let first = policies.share(&Arc::new(policy(1)));
        let second = policies.share(&Arc::new(policy(1)));
        let other = policies.share(&Arc::new(policy(2)));
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!Arc::ptr_eq(&first, &other));
    }

    #[test]
    fn what_nobody_holds_is_dropped() {
        let policies = Policies::default();
        let kept = policies.share(&Arc::new(policy(0)));
        for number in 1..10_000 {
            policies.share(&Arc::new(policy(number)));
        }
        assert!(policies.len() <= SWEEP_FROM + 1, "{}", policies.len());
        assert!(Arc::ptr_eq(&kept, &policies.share(&Arc::new(policy(0)))));
    }
}
