//! Places in status lists: given out once, and saying what became of a token and of all that it hangs on.

use super::fixture::{Fixture, NOW, actor, random, to, token_id};
use crate::token::NewToken;
use jeton_core::{
    facts::TokenState,
    id::TokenId,
    oauth::status_list::{SLOTS, Status},
    policy::Policy,
    timestamp::{Span, Timestamp},
};

/// A token below another, or by itself.
async fn issue(fixture: &Fixture, parent: Option<TokenId>) -> TokenId {
    let new = fixture.new_token();
    let new = NewToken { policy: Policy { parent, ..new.policy.clone() }, ..new };
    let id = new.id;
    fixture.store.issue_token(new, None, actor(0)).await.expect("issued");
    id
}

async fn listed(fixture: &Fixture, list: u32, now: Timestamp) -> Vec<(u32, Status)> {
    fixture.store.status_list_at(list, now).await.expect("read").expect("there")
}

/// A list says of each place what holds of its token, the worst of its line.
pub async fn a_list_follows_states(fixture: &Fixture) {
    let store = &fixture.store;
    assert_eq!(store.status_list_at(1, NOW).await.expect("read"), None);
    let root = issue(fixture, None).await;
    let child = issue(fixture, Some(root)).await;
    let (leaf, other) = (issue(fixture, Some(child)).await, issue(fixture, None).await);
    let end = NOW.plus(Span::from_hours(1));
    let place = async |token| store.take_status_slot(token, end, random_draws()).await.expect("a place");
    let (leafs, others) = (place(leaf).await, place(other).await);
    assert!(leafs.list == 0 && leafs != others && leafs.slot < SLOTS);
    assert_eq!(listed(fixture, 0, NOW).await, []);
    let move_to = async |id, state| {
        store.transition_token(fixture.organisation, id, to(state), actor(1)).await.expect("moved");
    };
    move_to(root, TokenState::Suspended).await;
    assert_eq!(listed(fixture, 0, NOW).await, [(leafs.slot, Status::Suspended)]);
    move_to(leaf, TokenState::Revoked).await;
    assert_eq!(listed(fixture, 0, NOW).await, [(leafs.slot, Status::Invalid)], "the end is more than a stop");
    move_to(root, TokenState::Active).await;
    assert_eq!(listed(fixture, 0, NOW).await, [(leafs.slot, Status::Invalid)]);
    move_to(other, TokenState::Suspended).await;
    assert_eq!(listed(fixture, 0, NOW).await.len(), 2);
}

/// A row that was changed from outside is noticed, and so is one that tokens hang on.
pub async fn an_edited_row_is_no_valid_place(fixture: &Fixture) {
    let store = &fixture.store;
    let (root, other) = (issue(fixture, None).await, issue(fixture, None).await);
    let leaf = issue(fixture, Some(root)).await;
    let end = NOW.plus(Span::from_hours(1));
    let at = |slot: u32| [slot; crate::status::DRAWS];
    for (token, slot) in [(leaf, 5), (other, 9), (token_id(), 2)] {
        store.take_status_slot(token, end, at(slot)).await.expect("a place");
    }
    let untrue = async |after, limit| store.untrue_slots(0, after, limit).await.expect("read");
    assert_eq!(untrue(None, 10).await, (vec![], None), "one of nobody, whose token was never issued, says nothing");
    store.transition_token(fixture.organisation, root, to(TokenState::Revoked), actor(1)).await.expect("revoked");
    assert_eq!(untrue(None, 10).await, (vec![], None), "what is dead is true");
    fixture.tamper("UPDATE tokens SET state = 'active'").await;
    assert_eq!(listed(fixture, 0, NOW).await, [], "the states alone say nothing of it");
    assert_eq!(untrue(None, 10).await, (vec![5], None), "what it hangs on is not believed");
    fixture.tamper("UPDATE tokens SET name = 'edited'").await;
    assert_eq!((untrue(None, 1).await, untrue(Some(5), 1).await), ((vec![5], Some(5)), (vec![9], Some(9))), "one after the other");
    assert_eq!(untrue(Some(9), 1).await, (vec![], None));
}

/// A place is given out once, also when its token is long gone; where all draws are taken a new list begins.
pub async fn a_place_is_given_out_once(fixture: &Fixture) {
    let store = &fixture.store;
    let end = NOW.plus(Span::from_minutes(10));
    let take = async |draws| store.take_status_slot(token_id(), end, draws).await.expect("a place");
    let same = [7, 7 + SLOTS, 7, 7, 7, 7, 7, 7];
    let first = take(same).await;
    assert_eq!((first.list, first.slot), (0, 7));
    assert_eq!((take([7, 9, 7, 7, 7, 7, 7, 7]).await.slot, take(random_draws()).await.list), (9, 0));
    let next = take(same).await;
    assert_eq!((next.list, next.slot), (1, 7), "a full list is left");
    assert_eq!(store.newest_status_list().await.expect("read"), 1);
    // What is over leaves old lists, and the newest keeps what it gave out.
    while store.sweep_at(NOW.plus(Span::from_days(1)), 10_000).await.expect("swept").more {}
    assert_eq!(take(same).await.list, 2);
    let all = futures_util::future::join_all((0..100).map(|_| take(random_draws()))).await;
    let mut slots: Vec<_> = all.iter().map(|place| (place.list, place.slot)).collect();
    slots.sort_unstable();
    slots.dedup();
    assert_eq!(slots.len(), 100);
}

fn random_draws() -> [u32; crate::status::DRAWS] {
    let bytes: [u8; 32] = random();
    let mut draws = [0; crate::status::DRAWS];
    for (draw, four) in draws.iter_mut().zip(bytes.chunks_exact(4)) {
        *draw = four.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
    }
    draws
}
