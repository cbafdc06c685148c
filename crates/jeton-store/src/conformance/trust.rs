//! What somebody with the database's password can do: nothing that is believed.

use super::{
    fixture::{Fixture, NOW, actor, name, random},
    nouns::{api, key},
};
use crate::{
    StoreError,
    key::NewKey,
    page::PageRequest,
    project::Project,
    token::TokenFilter,
    user::{Role, User},
};
use jeton_core::{
    change::Revision,
    facts::TokenState,
    id::{ProjectId, UserId},
    token_rules::TokenRules,
};

fn tampered<T: std::fmt::Debug>(outcome: Result<T, StoreError>, table: &str) {
    match outcome {
        Err(StoreError::Tampered { table: named, .. }) => assert_eq!(named, table),
        other => assert!(matches!(other, Err(StoreError::Tampered { .. })), "{table}: {other:?}"),
    }
}

/// Each column of a token, changed from outside, makes the token unusable and is reported.
pub async fn edited_tokens_are_refused(fixture: &Fixture) {
    let edits = [
        "UPDATE tokens SET state = 'active'",
        "UPDATE tokens SET subject = 'root'",
        "UPDATE tokens SET policy = replace(policy, 'orders:read', 'orders:*')",
        "UPDATE tokens SET expires_at = expires_at + 1",
        "UPDATE tokens SET not_before = 1",
        "UPDATE tokens SET organisation = 'org_000000000000'",
        "UPDATE tokens SET parent = NULL, digest = mark",
        "UPDATE tokens SET previous_digest = digest, previous_until = 9000000000000000",
        "UPDATE tokens SET revision = revision + 1",
        "UPDATE tokens SET mark = digest",
        "UPDATE tokens SET name = 'other'",
        "UPDATE tokens SET version = version + 1",
    ];
    for sql in edits {
        let id = fixture.issue().await;
        fixture.bring(id, TokenState::Revoked).await.expect("revoked");
        assert!(fixture.state(id).await.is_ok());
        assert!(fixture.tamper(sql).await > 0);
        tampered(fixture.store.find_token(id).await, "tokens");
        if !sql.contains("organisation") {
            tampered(fixture.bring(id, TokenState::Suspended).await, "tokens");
            tampered(fixture.store.list_tokens(fixture.organisation, &TokenFilter::default(), &PageRequest::default()).await, "tokens");
        }
        fixture.tamper("DELETE FROM tokens").await;
    }
}

/// A row from before a revocation, put back whole with its old mark, is noticed.
pub async fn old_rows_put_back_are_refused(fixture: &Fixture) {
    let id = fixture.issue().await;
    fixture.tamper("CREATE TABLE kept AS SELECT * FROM tokens").await;
    fixture.bring(id, TokenState::Revoked).await.expect("revoked");
    fixture.tamper("DELETE FROM tokens").await;
    fixture.tamper("INSERT INTO tokens SELECT * FROM kept").await;
    tampered(fixture.store.find_token(id).await, "tokens");
}

/// The same for projects, users, APIs, keys and organisations.
pub async fn edited_nouns_are_refused(fixture: &Fixture) {
    let (store, organisation) = (&fixture.store, fixture.organisation);
    let project = Project { id: ProjectId::from_random(random()), organisation, name: name("p"), created_at: NOW, version: 1 };
    let user = User {
        id: UserId::from_random(random()),
        organisation,
        name: name("u"),
        email: None,
        role: Role::Auditor,
        disabled: true,
        created_at: NOW,
        version: 1,
    };
    store.insert_project(project.clone(), actor(0)).await.expect("added");
    store.insert_user(user.clone(), actor(0)).await.expect("added");
    store.insert_api(api(fixture, "https://api.example.com"), actor(0)).await.expect("added");
    let new = NewKey { key: key("first", NOW), after: None, older_removed_at: NOW };
    store.insert_key(&actor(0), new).await.expect("added");

    fixture.tamper("UPDATE users SET disabled = 0").await;
    tampered(store.show_user(organisation, user.id).await, "users");
    fixture.tamper("UPDATE projects SET name = 'q'").await;
    tampered(store.show_project(organisation, project.id).await, "projects");
    fixture.tamper("UPDATE apis SET body = replace(body, 'false', 'true')").await;
    tampered(store.catalogue().await, "apis");
    fixture.tamper("UPDATE signing_keys SET removed_at = 9000000000000000").await;
    tampered(store.signing_keys().await, "signing_keys");
    store.set_rules(organisation, 0, TokenRules::default(), actor(1)).await.expect("laid down");
    fixture.tamper("UPDATE rules SET body = '{}'").await;
    tampered(store.rules(organisation).await, "rules");
    fixture.tamper("UPDATE organisations SET name = 'Theirs'").await;
    tampered(store.list_organisations().await, "organisations");
}

/// A changed row of the log, and a missing one, are noticed by whoever follows.
pub async fn a_cut_log_is_noticed(fixture: &Fixture) {
    for _ in 0..5 {
        fixture.issue().await;
    }
    assert_eq!(fixture.store.changes_after(Revision(0), 100).await.expect("read").changes.len(), 5);
    fixture.tamper("UPDATE changes SET id = '000000000000' WHERE revision = 5").await;
    tampered(fixture.store.changes_after(Revision(0), 100).await, "changes");
    assert_eq!(fixture.store.changes_after(Revision(0), 4).await.expect("the part before").changes.len(), 4);
    fixture.tamper("DELETE FROM changes WHERE revision = 2").await;
    tampered(fixture.store.changes_after(Revision(0), 4).await, "changes");
    assert!(fixture.store.changes_after(Revision(2), 2).await.is_ok_and(|changes| !changes.truncated));
    fixture.tamper("DELETE FROM changes WHERE revision = 1").await;
    assert!(fixture.store.changes_after(Revision(0), 2).await.expect("read").truncated);
}

/// Heads that were set back stop every write instead of giving a place twice.
pub async fn edited_heads_stop_the_writer(fixture: &Fixture) {
    fixture.issue().await;
    fixture.tamper("UPDATE heads SET revision = 0").await;
    tampered(fixture.issue_this(fixture.new_token()).await, "heads");
    tampered(fixture.store.head().await, "heads");
    fixture.tamper("UPDATE heads SET revision = 1").await;
    fixture.issue_this(fixture.new_token()).await.expect("whole again");
}
