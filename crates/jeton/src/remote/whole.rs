//! Whether an answer about the change log is whole. Places in the log rise by one without gaps, so a stretch of it that was dropped,
//! repeated, or put in another order on the way does not add up. Never takes in a part of such an answer.

use super::{line::AskFault, wire::Told};
use jeton_core::change::{Changed, Revision};

/// Looks an answer to "what came after `after`" over.
pub fn check(told: &Told, after: Option<Revision>) -> Result<(), AskFault> {
    let strange = |why: &str| Err(AskFault::Strange(why.to_owned()));
    if told.reached > told.head {
        return strange("its answer goes beyond the end of its change log");
    }
    let Some(after) = after.filter(|_| !told.truncated) else { return Ok(()) };
    if told.reached < after {
        return strange("it goes back behind what it told before");
    }
    let mut last = after;
    for change in &told.changes {
        if change.revision <= last || change.revision > told.reached {
            return strange("changes in its answer are repeated, or not in their order");
        }
        last = change.revision;
    }
    // A restore leaps over places on purpose, and tells so.
    let leaps = told.changes.iter().any(|change| change.what == Changed::Everything);
    let told_of = u64::try_from(told.changes.len()).unwrap_or(u64::MAX);
    match told.withheld {
        Some(withheld) if !leaps && told_of.saturating_add(withheld) != told.reached.0 - after.0 => {
            strange("changes are missing from its answer")
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::wire::Whom;
    use jeton_core::{
        change::Change,
        id::{OrganisationId, TokenId},
        timestamp::Timestamp,
    };

    fn change(place: u64, what: Changed) -> Change {
        Change { revision: Revision(place), at: Timestamp::default(), what }
    }

    /// What came after 10: three changes that the gate is told of, and two that it is not.
    fn told() -> Told {
        let token = |place: u8| change(place.into(), Changed::Token(TokenId::from_random([place; 16])));
        let whom = Whom { issuer: "i".into(), organisation: OrganisationId::from_random([1; 16]), audiences: Vec::new(), generation: 1 };
        let (reached, changes) = (Revision(15), vec![token(11), token(13), token(15)]);
        let (tokens, apis, keys) = (Vec::new(), None, None);
        Told {
            ask: 1,
            reached,
            head: reached,
            truncated: false,
            now: 0,
            changes,
            withheld: Some(2),
            tokens,
            as_of: reached,
            apis,
            keys,
            whom,
        }
    }

    fn check_after_ten(edit: impl FnOnce(&mut Told)) -> Result<(), AskFault> {
        let mut told = told();
        edit(&mut told);
        check(&told, Some(Revision(10)))
    }

    #[test]
    fn an_answer_in_which_something_is_missing_is_none() {
        check_after_ten(|_| {}).expect("whole");
        check_after_ten(|told| told.withheld = None).expect("of an authority that does not count");
        for dropped in 0..3 {
            check_after_ten(|told| drop(told.changes.remove(dropped))).expect_err("one is missing");
        }
        check_after_ten(|told| told.changes.clear()).expect_err("all are missing");
        check_after_ten(|told| told.changes.push(change(12, Changed::SigningKeys))).expect_err("out of order");
        check_after_ten(|told| told.changes.swap(0, 1)).expect_err("out of order");
        check_after_ten(|told| told.changes.insert(1, told.changes[0].clone())).expect_err("repeated");
        check_after_ten(|told| told.changes.insert(0, change(9, Changed::SigningKeys))).expect_err("replayed");
        check_after_ten(|told| told.reached = Revision(14)).expect_err("beyond what it reached");
        check_after_ten(|told| told.head = Revision(14)).expect_err("beyond its end");
        check_after_ten(|told| (told.reached, told.head) = (Revision(9), Revision(20))).expect_err("back");
    }

    #[test]
    fn a_restore_may_leap_and_a_new_beginning_has_no_before() {
        check_after_ten(|told| told.changes = vec![change(15, Changed::Everything)]).expect("a leap");
        check(&Told { changes: Vec::new(), withheld: None, ..told() }, None).expect("a beginning");
        check_after_ten(|told| (told.truncated, told.changes) = (true, Vec::new())).expect("everything may have changed");
    }
}
