//! What a segment remembers of the changes that touched it, so that an answer that is older than a change is not believed.

use jeton_core::{change::Revision, id::TokenId, limits};

/// The last changes of one segment by name, and a place in the change log that stands for all before them.
#[derive(Default)]
pub(crate) struct SegmentLog {
    recent: [Option<(TokenId, Revision)>; limits::MEMORY_SEGMENT_CHANGES],
    /// Changes that are not in `recent` are at this place or before.
    floor: Revision,
}

impl SegmentLog {
    /// Whether what was read at `as_of` can still be true of `id`: no change of it came later.
    pub(crate) fn allows(&self, id: TokenId, as_of: Revision) -> bool {
        match self.changed(id) {
            Some(changed) => changed <= as_of,
            None => self.floor <= as_of,
        }
    }
    /// Notes a change. Returns `false` when this one, or a later one of the same token, was noted before.
    pub(crate) fn note(&mut self, id: TokenId, revision: Revision) -> bool {
        if let Some((_, known)) = self.recent.iter_mut().flatten().find(|(own, _)| *own == id) {
            let is_new = *known < revision;
            *known = revision.max(*known);
            return is_new;
        }
        if let Some(oldest) = self.recent.iter_mut().min_by_key(|slot| slot.map(|(_, revision)| revision)) {
            if let Some((_, dropped)) = *oldest {
                self.floor = self.floor.max(dropped);
            }
            *oldest = Some((id, revision));
        }
        true
    }
    /// Everything up to `revision` may have changed.
    pub(crate) fn note_all(&mut self, revision: Revision) {
        self.recent = Default::default();
        self.floor = self.floor.max(revision);
    }
    fn changed(&self, id: TokenId) -> Option<Revision> {
        self.recent.iter().flatten().find(|(own, _)| *own == id).map(|(_, revision)| *revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> TokenId {
        TokenId::from_random([number; 16])
    }

    #[test]
    fn an_answer_older_than_a_change_is_not_allowed() {
        let mut log = SegmentLog::default();
        assert!(log.note(id(1), Revision(10)));
        assert!(!log.allows(id(1), Revision(9)));
        assert!(log.allows(id(1), Revision(10)));
        assert!(log.allows(id(2), Revision(0)));
        assert!(!log.note(id(1), Revision(10)), "seen before");
        assert!(log.note(id(1), Revision(12)));
    }

    #[test]
    fn what_is_forgotten_by_name_still_holds_for_all() {
        let mut log = SegmentLog::default();
        for number in 1..=10u8 {
            log.note(id(number), Revision(u64::from(number)));
        }
        for number in 1..=10u8 {
            assert!(!log.allows(id(number), Revision(u64::from(number) - 1)), "{number}");
        }
        assert!(!log.allows(id(99), Revision(5)));
        assert!(log.allows(id(99), Revision(6)));
        log.note_all(Revision(20));
        assert!(!log.allows(id(10), Revision(19)));
    }
}
