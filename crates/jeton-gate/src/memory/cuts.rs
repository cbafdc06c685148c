//! The cuts that were made of late: what was read before one of them is not believed of a token in its scope. Only looked at when
//! something is put into the memory, never on the way to a hit.

use super::record::Known;
use jeton_core::{change::Revision, cut::CutScope, limits};
use parking_lot::RwLock;
use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering},
};

/// The cuts by name, and a place that stands for all before them.
#[derive(Default)]
pub(crate) struct RecentCuts {
    held: RwLock<Held>,
    newest: AtomicU64,
}

#[derive(Default)]
struct Held {
    cuts: VecDeque<(Revision, CutScope)>,
    /// Cuts that are not among them are at this place or before.
    floor: Revision,
}

impl RecentCuts {
    /// Notes a cut; false where this one was noted before.
    pub(crate) fn note(&self, scope: &CutScope, revision: Revision) -> bool {
        let mut held = self.held.write();
        if held.cuts.iter().any(|(known, own)| *known >= revision && own == scope) {
            return false;
        }
        held.cuts.push_back((revision, scope.clone()));
        if held.cuts.len() > limits::MEMORY_CUTS
            && let Some((dropped, _)) = held.cuts.pop_front()
        {
            held.floor = held.floor.max(dropped);
        }
        self.newest.fetch_max(revision.0, Ordering::AcqRel);
        true
    }
    /// Whether what was read at `as_of` can still be true of a token: no cut that may cover it came later.
    pub(crate) fn allow(&self, known: &Known, as_of: Revision) -> bool {
        if self.newest.load(Ordering::Acquire) <= as_of.0 {
            return true;
        }
        let held = self.held.read();
        let covers = |(revision, scope): &(Revision, CutScope)| *revision > as_of && scope.holds(known.subject(), known.policy());
        held.floor <= as_of && !held.cuts.iter().any(covers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::record;
    use jeton_core::{cut::CutWhat, name::Subject};

    fn scope(what: CutWhat) -> CutScope {
        CutScope { organisation: record(1).policy.organisation, what }
    }

    #[test]
    fn what_was_read_before_a_cut_is_not_allowed_of_its_scope() {
        let plain = record(1);
        let known = Known::pack(&plain, plain.policy.clone());
        let other = Known::pack(&record(2), record(2).policy.clone());
        let cuts = RecentCuts::default();
        let own = scope(CutWhat::Subject(plain.subject.clone()));
        assert!(cuts.note(&own, Revision(5)) && !cuts.note(&own, Revision(5)), "noted once");
        assert!(!cuts.allow(&known, Revision(4)));
        assert!(cuts.allow(&known, Revision(5)) && cuts.allow(&other, Revision(4)));
        assert!(cuts.note(&scope(CutWhat::Everything), Revision(6)));
        assert!(!cuts.allow(&other, Revision(5)) && cuts.allow(&other, Revision(6)));
    }

    #[test]
    fn what_is_forgotten_by_name_still_holds_for_all() {
        let plain = record(1);
        let known = Known::pack(&plain, plain.policy.clone());
        let cuts = RecentCuts::default();
        for place in 1..=limits::MEMORY_CUTS as u64 + 3 {
            let subject = Subject::parse(&format!("somebody-{place}")).expect("subject");
            assert!(cuts.note(&scope(CutWhat::Subject(subject)), Revision(place)));
        }
        assert!(!cuts.allow(&known, Revision(2)), "the third was dropped by name");
        assert!(cuts.allow(&known, Revision(3)));
    }
}
