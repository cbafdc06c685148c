//! Cuts at the gate: what may be in their scope is asked for again, and nothing else.

use crate::{
    Question,
    fixture::{World, credential, id, plain, record},
};
use jeton_core::{
    change::{Change, Changed},
    cut::{CutScope, CutWhat},
    denial::Denial,
    facts::TokenState,
    id::OrganisationId,
    name::Subject,
};

async fn check(world: &World, number: u64) -> Result<(), Denial> {
    let token = plain(number);
    world.gate.check(&Question::new(Ok(credential(&token)))).await.map(drop).map_err(|refused| refused.denial)
}

/// The source makes a cut of a subject, and the gate is told.
fn cut(world: &World, number: u64, organisation: OrganisationId, what: CutWhat) -> Change {
    let change = world.source.commit_state(id(number), TokenState::Revoked);
    let change = Change { what: Changed::Cut(Box::new(CutScope { organisation, what })), ..change };
    world.gate.apply(std::slice::from_ref(&change));
    change
}

#[tokio::test]
async fn what_is_in_the_scope_is_asked_for_again_and_nothing_else() {
    let world = World::fresh();
    for number in 1..=3 {
        world.issue(record(number));
        assert_eq!(check(&world, number).await, Ok(()));
    }
    let asked = world.source.asked();
    let own = record(1);
    let change = cut(&world, 1, own.policy.organisation, CutWhat::Subject(own.subject.clone()));
    assert_eq!(world.gate.applied(), change.revision, "taken in at once");
    assert_eq!(check(&world, 1).await, Err(Denial::Revoked));
    assert_eq!((check(&world, 2).await, check(&world, 3).await), (Ok(()), Ok(())));
    assert_eq!(world.source.asked(), asked + 1, "only the one that may be cut");
    world.gate.apply(&[change]);
    assert_eq!(check(&world, 1).await, Err(Denial::Revoked));
    assert_eq!(world.source.asked(), asked + 1, "told again by the log, nothing is forgotten again");
}

#[tokio::test]
async fn a_cut_elsewhere_costs_nothing_here() {
    let world = World::fresh();
    world.issue(record(1));
    world.issue(record(2));
    assert_eq!((check(&world, 1).await, check(&world, 2).await), (Ok(()), Ok(())));
    let asked = world.source.asked();
    cut(&world, 2, OrganisationId::from_random([9; 16]), CutWhat::Everything);
    cut(&world, 2, record(1).policy.organisation, CutWhat::Subject(Subject::parse("nobody").expect("subject")));
    assert_eq!(check(&world, 1).await, Ok(()));
    assert_eq!(world.source.asked(), asked);
}

#[tokio::test]
async fn an_answer_that_was_read_before_a_cut_is_asked_for_again() {
    let world = World::fresh();
    world.issue(record(1));
    world.source.held.send_replace(true);
    let (outcome, ()) = tokio::join!(check(&world, 1), async {
        while world.source.asked() == 0 {
            tokio::task::yield_now().await;
        }
        cut(&world, 1, record(1).policy.organisation, CutWhat::Everything);
        world.source.held.send_replace(false);
    });
    assert_eq!(outcome, Err(Denial::Revoked));
    assert_eq!(world.gate.remember(&[record(1)], jeton_core::change::Revision(1)), 0, "nor is it taken in otherwise");
    assert_eq!(check(&world, 1).await, Err(Denial::Revoked));
}
