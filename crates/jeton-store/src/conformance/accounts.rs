//! Ways to sign in, and links about accounts: what is good for once is good for one of many, and nothing is believed without its mark.

use super::{
    fixture::{Fixture, NOW, actor, name, random},
    nouns::user,
    people::hash,
};
use crate::{
    StoreError,
    account_link::{AccountLink, FirstWay, InvitedUser, LinkKind, SetUpOwner},
    page::PageRequest,
    passkey::Passkey,
    second_factor::{TakenCode, TotpSecret},
    user::{Role, User, UserEdit, UserFilter},
    way_in::WaysIn,
};
use jeton_core::{
    id::{LinkId, PasskeyId, UserId},
    limits,
    timestamp::Span,
};

async fn ann(fixture: &Fixture) -> User {
    fixture.store.insert_user(user(fixture, "ann"), actor(0)).await.expect("added")
}

fn passkey(own: &User, credential: u8) -> Passkey {
    Passkey {
        id: PasskeyId::from_random(random()),
        user: own.id,
        credential: vec![credential; 32],
        name: name("phone"),
        body: "{}".to_owned(),
        created_at: NOW,
        used_at: None,
        version: 1,
    }
}

fn link(fixture: &Fixture, kind: LinkKind, user: Option<UserId>) -> AccountLink {
    AccountLink {
        id: LinkId::from_random(random()),
        kind,
        organisation: fixture.organisation,
        user,
        email: Some("ann@example.com".to_owned()),
        role: (kind == LinkKind::Invitation).then_some(Role::Approver),
        by_mail: true,
        issued_by: "cli".to_owned(),
        created_at: NOW,
        expires_at: NOW.plus(Span::from_minutes(30)),
        used_at: None,
    }
}

/// A passkey is found by what its authenticator calls it; two uses of one copy are one too many; there are not too many of them.
pub async fn passkeys_are_found_and_used_in_turn(fixture: &Fixture) {
    let store = &fixture.store;
    let own = ann(fixture).await;
    let first = store.insert_passkey(own.organisation, passkey(&own, 1), actor(1)).await.expect("added");
    assert_eq!(store.insert_passkey(own.organisation, passkey(&own, 1), actor(1)).await, Err(StoreError::Exists("this passkey")));
    assert_eq!(store.find_passkey(&[1; 32]).await, Ok(Some((first.clone(), own.clone()))));
    assert_eq!(store.find_passkey(&[2; 32]).await, Ok(None));
    let used = store.use_passkey(first.clone(), "{\"counter\":1}".to_owned(), actor(2)).await.expect("used");
    assert_eq!((used.version, used.used_at, used.body.as_str()), (2, Some(actor(2).at), "{\"counter\":1}"));
    assert!(matches!(store.use_passkey(first.clone(), "{}".to_owned(), actor(3)).await, Err(StoreError::Outdated { found: 2 })));
    let named = store.rename_passkey(own.organisation, own.id, first.id, name("watch"), actor(4)).await.expect("named");
    assert_eq!(store.list_passkeys(own.id).await, Ok(vec![named]));
    let other = store.insert_user(user(fixture, "bob"), actor(5)).await.expect("added");
    let theirs = store.remove_passkey(own.organisation, other.id, first.id, actor(6)).await;
    assert_eq!(theirs, Err(StoreError::NotFound("passkey")), "it is not bob's");
    for credential in 2..=u8::try_from(limits::PASSKEYS_MAX).expect("few") {
        store.insert_passkey(own.organisation, passkey(&own, credential), actor(7)).await.expect("added");
    }
    assert!(matches!(store.insert_passkey(own.organisation, passkey(&own, 99), actor(8)).await, Err(StoreError::Conflict(_))));
    store.remove_passkey(own.organisation, own.id, first.id, actor(9)).await.expect("removed");
    assert_eq!(store.find_passkey(&[1; 32]).await, Ok(None));
    assert_eq!(fixture.tamper("UPDATE passkeys SET body = '[]' WHERE name = 'phone'").await, limits::PASSKEYS_MAX as u64 - 1);
    assert!(matches!(store.find_passkey(&[2; 32]).await, Err(StoreError::Tampered { .. })));
    store.remove_user(own.organisation, own.id, actor(10)).await.expect("removed");
    assert_eq!(store.find_passkey(&[2; 32]).await, Ok(None));
}

/// Of many at once that bring one step's password, or one recovery code, one has it.
pub async fn second_factors_are_good_once(fixture: &Fixture) {
    let store = &fixture.store;
    let own = ann(fixture).await;
    assert_eq!(store.take_totp_step(own.id, 7).await, Ok(false), "there is no secret");
    let new = TotpSecret { user: own.id, sealed: vec![7; 40], last_step: 100, created_at: NOW };
    store.set_totp(own.organisation, new.clone(), vec![[1; 32], [2; 32]], actor(0)).await.expect("set");
    assert_eq!(store.find_totp(own.id).await, Ok(Some(new)));
    let many = futures_util::future::join_all((0..16).map(|_| store.take_totp_step(own.id, 101))).await;
    assert_eq!(many.into_iter().filter(|taken| *taken == Ok(true)).count(), 1);
    assert_eq!(store.take_totp_step(own.id, 100).await, Ok(false), "an older one");
    let take = |code: u8| store.take_recovery_code(own.organisation, own.id, [code; 32], actor(3));
    let many = futures_util::future::join_all((0..16).map(|_| take(1))).await;
    assert_eq!(many.into_iter().filter(|taken| *taken == Ok(TakenCode::Good(1))).count(), 1);
    assert_eq!(take(9).await, Ok(TakenCode::Wrong));
    let other = store.insert_user(user(fixture, "bob"), actor(4)).await.expect("added");
    assert_eq!(store.take_recovery_code(own.organisation, other.id, [2; 32], actor(4)).await, Ok(TakenCode::Wrong), "another's");
    let wanted = WaysIn { totp: true, recovery_codes: 1, ..WaysIn::default() };
    assert_eq!(store.ways_in(&own).await, Ok(wanted));
    // Bob has none, and who is shut out is not counted.
    let without = |role| store.count_without_second_factor(own.organisation, role);
    let counted = || async { (store.count_users(own.organisation, own.role).await, without(own.role).await) };
    assert_eq!(counted().await, (Ok(2), Ok(1)));
    store.set_recovery_codes(own.organisation, own.id, vec![[3; 32]], actor(5)).await.expect("set");
    assert_eq!((take(2).await, take(3).await), (Ok(TakenCode::Wrong), Ok(TakenCode::Good(0))), "older ones are gone");
    assert_eq!(fixture.tamper("UPDATE recovery_codes SET used_at = NULL").await, 1);
    assert!(matches!(take(3).await, Err(StoreError::Tampered { .. })));
    assert_eq!(fixture.tamper("UPDATE totp_secrets SET last_step = 0").await, 1);
    assert!(matches!(store.take_totp_step(own.id, 102).await, Err(StoreError::Tampered { .. })));
    store.reset_factors(own.organisation, own.id, actor(7)).await.expect("reset");
    assert_eq!(counted().await, (Ok(2), Ok(2)));
    let shut = UserEdit { disabled: Some(true), ..UserEdit::default() };
    store.edit_user(own.organisation, other.id, other.version, shut, actor(8)).await.expect("shut");
    assert_eq!(counted().await, (Ok(1), Ok(1)));
    assert_eq!((store.find_totp(own.id).await, store.count_recovery_codes(own.id).await), (Ok(None), Ok(0)));
}

/// A link is good once, for its kind, until its end; a newer one takes the place of an older one.
pub async fn links_are_good_once(fixture: &Fixture) {
    let store = &fixture.store;
    let own = store.insert_user(User { email: Some("ann@example.com".to_owned()), ..user(fixture, "ann") }, actor(0)).await.expect("added");
    let reset = |digest: u8| store.reset_password([digest; 32], hash("$argon2id$1"), actor(5));
    let insert = |kind, digest: u8| store.insert_link(link(fixture, kind, Some(own.id)), [digest; 32], actor(1));
    insert(LinkKind::Reset, 1).await.expect("issued");
    insert(LinkKind::Reset, 2).await.expect("issued");
    assert_eq!(reset(1).await, Err(StoreError::NotFound("link")), "a newer one was issued");
    assert_eq!(store.find_link_at([2; 32], LinkKind::VerifyEmail, NOW).await, Ok(None), "it is for something else");
    let late = NOW.plus(Span::from_minutes(30));
    assert_eq!(store.find_link_at([2; 32], LinkKind::Reset, late).await, Ok(None), "it is over");
    for _ in 0..2 {
        assert!(store.find_link_at([2; 32], LinkKind::Reset, NOW).await.expect("found").is_some(), "looking does not use it up");
    }
    assert_eq!(store.is_email_verified(&own).await, Ok(false));
    let many = futures_util::future::join_all((0..16).map(|_| reset(2))).await;
    assert_eq!(many.iter().filter(|done| done.is_ok()).count(), 1);
    assert_eq!(store.is_email_verified(&own).await, Ok(true), "it came by mail");
    insert(LinkKind::VerifyEmail, 3).await.expect("issued");
    let edit = UserEdit { email: Some(Some("ann@elsewhere.example".to_owned())), ..UserEdit::default() };
    let own = store.edit_user(own.organisation, own.id, 1, edit, actor(6)).await.expect("edited").user;
    assert_eq!(store.confirm_email([3; 32], actor(7)).await, Err(StoreError::NotFound("link")), "it is about the address of before");
    assert_eq!(store.is_email_verified(&own).await, Ok(false));
    insert(LinkKind::Reset, 4).await.expect("issued");
    assert_eq!(fixture.tamper("UPDATE account_links SET expires_at = expires_at + 1 WHERE used_at IS NULL").await, 2);
    assert!(matches!(reset(4).await, Err(StoreError::Tampered { .. })));
    let shut = UserEdit { disabled: Some(true), ..UserEdit::default() };
    store.edit_user(own.organisation, own.id, 2, shut, actor(8)).await.expect("shut");
    assert!(matches!(insert(LinkKind::Reset, 5).await, Err(StoreError::Conflict(_))), "the account is shut");
    let later = NOW.plus(Span::from_minutes(31)).plus(limits::DEAD_LINK_LIFE);
    store.sweep_at(later, 100).await.expect("swept");
    assert_eq!(fixture.tamper("DELETE FROM account_links").await, 0, "nothing is left");
}

/// An invitation makes one account, of its role; a withdrawn one makes none; a taken name uses nothing up.
pub async fn invitations_make_one_account(fixture: &Fixture) {
    let store = &fixture.store;
    ann(fixture).await;
    let invite = |digest: u8| store.insert_link(link(fixture, LinkKind::Invitation, None), [digest; 32], actor(1));
    let first = invite(1).await.expect("issued");
    let second = invite(2).await.expect("issued");
    let page = || PageRequest { after: None, limit: 0 };
    let listed = store.list_invitations_at(fixture.organisation, NOW, page()).await.expect("listed").items;
    assert_eq!(listed.len(), 2);
    let accept = |digest: u8, called: &str| {
        let invited = User { role: Role::Owner, ..user(fixture, called) };
        store.accept_invitation([digest; 32], InvitedUser { user: invited, way: FirstWay::Password(hash("$x")) }, actor(2))
    };
    assert_eq!(accept(1, "ann").await, Err(StoreError::Exists("a user of this name")));
    let made = accept(1, "zoe").await.expect("accepted");
    assert_eq!((made.role, made.email.as_deref()), (Role::Approver, Some("ann@example.com")), "the invitation decides");
    assert_eq!(store.ways_in(&made).await, Ok(WaysIn { password: true, email_verified: true, ..WaysIn::default() }));
    assert_eq!(accept(1, "max").await, Err(StoreError::NotFound("link")));
    assert_eq!(store.withdraw_invitation(fixture.organisation, first.id, actor(3)).await, Err(StoreError::NotFound("invitation")));
    store.withdraw_invitation(fixture.organisation, second.id, actor(3)).await.expect("withdrawn");
    assert_eq!(accept(2, "max").await, Err(StoreError::NotFound("link")));
    assert!(store.list_invitations_at(fixture.organisation, NOW, page()).await.expect("listed").items.is_empty());
}

/// The first owner is set up once, and not at all where an owner can sign in.
pub async fn the_first_owner_is_set_up_once(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = store.insert_user(User { role: Role::Owner, ..user(fixture, "owner") }, actor(0)).await.expect("added");
    assert_eq!(store.has_owner_with_way_in().await, Ok(false));
    let issue = |digest: u8| store.insert_link(link(fixture, LinkKind::Setup, Some(owner.id)), [digest; 32], actor(1));
    issue(1).await.expect("issued");
    let set_up = |digest: u8| {
        let way = FirstWay::Passkey(Box::new(passkey(&owner, 1)));
        store.set_up_owner([digest; 32], SetUpOwner { name: name("grace"), email: None, way }, actor(2))
    };
    let many = futures_util::future::join_all((0..8).map(|_| set_up(1))).await;
    assert_eq!(many.iter().filter(|done| done.is_ok()).count(), 1);
    let own = store.show_user(owner.organisation, owner.id).await.expect("found");
    assert_eq!((own.name.as_str(), own.role), ("grace", Role::Owner));
    assert_eq!(store.has_owner_with_way_in().await, Ok(true));
    issue(2).await.expect("issued");
    assert!(matches!(set_up(2).await, Err(StoreError::Conflict(_))));
}

/// Filters narrow a list of people; a sign that means something in a pattern stands for itself; pages have no gap.
pub async fn people_are_found(fixture: &Fixture) {
    let store = &fixture.store;
    for (called, email, role) in [
        ("ann", Some("ann@example.com"), Role::Owner),
        ("bob_b", None, Role::Developer),
        ("Carl", Some("C%1@example.com"), Role::Developer),
    ] {
        let new = User { email: email.map(str::to_owned), role, ..user(fixture, called) };
        store.insert_user(new, actor(0)).await.expect("added");
    }
    let found = async |filter: UserFilter, after: Option<String>, limit: usize| {
        let page = store.filter_users(fixture.organisation, &filter, PageRequest { after, limit }).await.expect("found");
        (page.items.into_iter().map(|own| own.name.as_str().to_owned()).collect::<Vec<_>>(), page.next)
    };
    let text = |text: &str| UserFilter { text: Some(text.to_owned()), ..UserFilter::default() };
    assert_eq!(found(UserFilter::default(), None, 2).await, (vec!["Carl".to_owned(), "ann".to_owned()], Some("ann".to_owned())));
    assert_eq!(found(UserFilter::default(), Some("ann".to_owned()), 2).await, (vec!["bob_b".to_owned()], None));
    for (typed, names) in
        [("CARL", &["Carl"][..]), ("example", &["Carl", "ann"]), ("%", &["Carl"]), ("_", &["bob_b"]), ("!", &[]), ("zz", &[])]
    {
        assert_eq!(found(text(typed), None, 0).await.0, names, "{typed}");
    }
    let developers = UserFilter { role: Some(Role::Developer), disabled: Some(false), ..UserFilter::default() };
    assert_eq!(found(developers.clone(), None, 0).await.0, ["Carl", "bob_b"]);
    assert!(found(UserFilter { disabled: Some(true), ..developers }, None, 0).await.0.is_empty());
}
