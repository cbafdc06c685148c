//! Apps of people: whose they are, their pictures, and what somebody with the database's password can do to them.

use super::{
    clients::new_client,
    fixture::{Fixture, actor, random},
};
use crate::{
    StoreError,
    app::{AppEdit, NewApp},
    client::{Client, ClientEdit},
    logo::{LogoName, NewLogo},
};
use jeton_core::{
    id::{ClientId, OrganisationId, UserId},
    limits,
};

fn new_app(fixture: &Fixture, account: UserId) -> NewApp {
    NewApp { client: new_client(fixture), account, purpose: "Prints packing slips".to_owned(), logo: None }
}

async fn registered(fixture: &Fixture, new: NewApp) -> Client {
    fixture.store.register_app(new, actor(0)).await.expect("registered").0
}

/// An app belongs to whom registered it, goes with its client, and is not believed once it was given to somebody else from outside.
pub async fn apps_belong_to_whom_registered_them(fixture: &Fixture) {
    let store = &fixture.store;
    let (ann, bob) = (UserId::from_random(random()), UserId::from_random(random()));
    let client = registered(fixture, new_app(fixture, ann)).await;
    let app = store.find_app(client.id).await.expect("read").expect("there");
    assert_eq!((app.account, app.purpose.as_str(), app.registered_at), (ann, "Prints packing slips", actor(0).at));
    let of = async |account| store.clients_registered_by(fixture.organisation, account).await.expect("listed");
    assert_eq!((of(ann).await, of(bob).await), (vec![client.clone()], vec![]));
    let elsewhere = OrganisationId::from_random(random());
    assert_eq!(store.clients_registered_by(elsewhere, ann).await, Ok(vec![]));

    let edit = AppEdit { purpose: Some("Prints labels".to_owned()), ..AppEdit::default() };
    let edited = store.edit_app(elsewhere, client.id, 1, edit.clone(), actor(1)).await;
    assert_eq!(edited.err(), Some(StoreError::NotFound("client")));
    assert!(store.edit_app(fixture.organisation, client.id, 2, edit.clone(), actor(1)).await.is_err(), "another version");
    store.edit_app(fixture.organisation, client.id, 1, edit, actor(1)).await.expect("edited");
    assert_eq!(store.find_app(client.id).await.expect("read").expect("there").purpose, "Prints labels");

    assert_eq!(fixture.tamper("UPDATE apps SET account = 'usr_000000000000'").await, 1);
    assert!(matches!(store.find_app(client.id).await, Err(StoreError::Tampered { table: "apps", .. })));
    store.remove_client(fixture.organisation, client.id, actor(2)).await.expect("removed");
    assert_eq!(store.find_app(client.id).await, Ok(None));
}

/// A picture is found by its name, only with the bytes that the name says, and goes once nothing names it.
pub async fn pictures_are_what_their_names_say(fixture: &Fixture) {
    let store = &fixture.store;
    let mut new = new_app(fixture, UserId::from_random(random()));
    let id = new.client.client.id;
    let named = |logo: &NewLogo| Some(format!("https://id.example.com/assets/logos/{}.png", logo.name.as_str()));
    let (first, second) = (NewLogo::new(id, b"first".to_vec()), NewLogo::new(id, b"second".to_vec()));
    new.client.client.registration.logo_uri = named(&first);
    new.logo = Some(first.clone());
    let client = registered(fixture, new).await;
    assert_eq!(store.find_logo(&first.name).await, Ok(Some(b"first".to_vec())));
    assert_eq!(store.find_logo(&LogoName::of(ClientId::from_random(random()), b"first")).await, Ok(None), "another client's");

    // A second one waits for approval: the first stays for as long as it is the one that holds.
    let mut waiting = client.registration.clone();
    waiting.logo_uri = named(&second);
    let change = |pending, registration| ClientEdit { pending: Some(pending), registration, ..ClientEdit::default() };
    let edit = AppEdit { client: change(Some(waiting.clone()), None), logo: Some(second.clone()), purpose: None };
    store.edit_app(fixture.organisation, id, 1, edit, actor(1)).await.expect("edited");
    assert!(store.find_logo(&first.name).await.expect("read").is_some() && store.find_logo(&second.name).await.expect("read").is_some());
    let third = NewLogo::new(id, b"third".to_vec());
    waiting.logo_uri = named(&third);
    let edit = AppEdit { client: change(None, Some(waiting)), logo: Some(third.clone()), purpose: None };
    store.edit_app(fixture.organisation, id, 2, edit, actor(2)).await.expect("edited");
    assert_eq!((store.find_logo(&first.name).await, store.find_logo(&second.name).await), (Ok(None), Ok(None)));

    assert_eq!(fixture.tamper("UPDATE logos SET image = (SELECT mark FROM heads WHERE one = 1)").await, 1);
    assert!(store.find_logo(&third.name).await.is_err(), "another picture under its name");
}

/// One person registers so many apps and no more; what is removed makes room.
pub async fn one_person_registers_so_many_apps(fixture: &Fixture) {
    let ann = UserId::from_random(random());
    let mut last = None;
    for _ in 0..limits::APPS_PER_PERSON_MAX {
        last = Some(registered(fixture, new_app(fixture, ann)).await);
    }
    let refused = fixture.store.register_app(new_app(fixture, ann), actor(1)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    registered(fixture, new_app(fixture, UserId::from_random(random()))).await;
    fixture.store.remove_client(fixture.organisation, last.expect("some").id, actor(2)).await.expect("removed");
    registered(fixture, new_app(fixture, ann)).await;
}
