//! Back-channel logout: an app is told that a session has ended, by a token that is for nobody else.

use super::{
    browser::Browser,
    people::{add, sign_in, who},
    token::rig::{Rig, claims},
};
use crate::world::{ISSUER, On, PATIENCE};
use axum::{Router, extract::State, routing::post};
use jeton_core::oauth::registration::{AuthMethod, SubjectType};
use jeton_store::logout::LogoutOutcome;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};
use tokio::sync::mpsc;

/// An app's back channel: what it was sent, and the status that it answers with.
struct Channel {
    address: String,
    sent: mpsc::UnboundedReceiver<BTreeMap<String, String>>,
    answers: Arc<AtomicU16>,
}

type Shared = (mpsc::UnboundedSender<BTreeMap<String, String>>, Arc<AtomicU16>);

async fn take(State((sender, answers)): State<Shared>, body: String) -> http::StatusCode {
    let fields = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    sender.send(fields).expect("somebody listens");
    http::StatusCode::from_u16(answers.load(Ordering::SeqCst)).expect("a status")
}

impl Channel {
    async fn open() -> Self {
        let (sender, sent) = mpsc::unbounded_channel();
        let answers = Arc::new(AtomicU16::new(200));
        let router = Router::new().route("/out", post(take)).with_state((sender, Arc::clone(&answers)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/out", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, sent, answers }
    }
    async fn next(&mut self) -> String {
        let fields = tokio::time::timeout(PATIENCE, self.sent.recv()).await.expect("in time").expect("open");
        assert_eq!(fields.len(), 1, "{fields:?}");
        fields["logout_token"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_hears_of_the_end_of_its_sessions_and_only_of_them() {
    let rig = Rig::on(On::Sqlite, |config| config.oauth.development = true).await;
    let (mut channel, mut other) = (Channel::open().await, Channel::open().await);
    let app = rig
        .register(AuthMethod::ClientSecretPost, |client| {
            client.registration.backchannel_logout_uri = Some(channel.address.clone());
            client.registration.subject_type = SubjectType::Pairwise;
        })
        .await;
    let unused =
        rig.register(AuthMethod::ClientSecretPost, |client| client.registration.backchannel_logout_uri = Some(other.address.clone())).await;
    add(&rig, "bea").await;
    let browser = Browser::new(&rig);
    sign_in(&browser, "bea").await;
    let own = who(&rig, &browser).await.expect("signed in");
    let store = &rig.authority().store;
    store.note_session_client(own.session, app.client.id, rig.authority().now()).await.expect("noted");
    // Signing in again is no end.
    sign_in(&browser, "bea").await;
    let own = who(&rig, &browser).await.expect("signed in");
    let page = browser.open("/sign-out").await;
    let _left = browser.submit(&page, "/sign-out", &[]).await;
    assert!(who(&rig, &browser).await.is_none());

    let token = channel.next().await;
    let said = claims(&token);
    assert_eq!((&said["iss"], &said["aud"], &said["sid"]), (&json!(ISSUER), &json!(app.client.client_id), &json!(own.session.to_string())));
    assert_eq!(said["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    assert!(said["exp"].as_i64().expect("exp") - said["iat"].as_i64().expect("iat") <= 120 && said.get("nonce").is_none(), "{said}");
    let subject = rig.authority().subjects.subject_for(&app.client.registration, own.user).expect("a subject");
    assert_eq!(said["sub"], json!(subject), "as this client knows it");
    let header: Value = {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().expect("a header")).expect("base64url")).expect("JSON")
    };
    assert_eq!(header["typ"], "logout+jwt");
    assert_eq!(rig.said_with(&token, json!({})).await, "malformed", "it opens nothing");
    assert!(channel.sent.try_recv().is_err() && other.sent.try_recv().is_err(), "once, and nobody else");
    assert!(unused.client.registration.backchannel_logout_uri.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_does_not_take_it_is_told_again_later_and_by_one_node() {
    let rig = Rig::on(On::Sqlite, |config| config.oauth.development = true).await;
    let mut channel = Channel::open().await;
    channel.answers.store(500, Ordering::SeqCst);
    let app = rig
        .register(AuthMethod::ClientSecretPost, |client| client.registration.backchannel_logout_uri = Some(channel.address.clone()))
        .await;
    add(&rig, "bea").await;
    let browser = Browser::new(&rig);
    sign_in(&browser, "bea").await;
    let own = who(&rig, &browser).await.expect("signed in");
    let (store, now) = (&rig.authority().store, rig.authority().now());
    store.note_session_client(own.session, app.client.id, now).await.expect("noted");
    let by = jeton_store::audit::Actor::system(now);
    store.end_session(own.user, own.session, "signed_out", by.clone()).await.expect("ended").expect("it was there");
    let first = channel.next().await;
    assert_eq!(claims(&first)["aud"], json!(app.client.client_id));

    // It waits for its next try; whoever asks before that gets nothing, and one of two who ask then.
    let soon = |seconds| now.plus(jeton_core::timestamp::Span::from_seconds(seconds));
    let lease = jeton_core::timestamp::Span::from_minutes(2);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let due = loop {
        let due = store.claim_logouts(10, lease, soon(600)).await.expect("read");
        if due.first().is_some_and(|due| due.attempts > 0) || tokio::time::Instant::now() > deadline {
            break due;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(due.len(), 1);
    assert_eq!(store.claim_logouts(10, lease, soon(601)).await.expect("read"), [], "it is another node's");
    store.settle_logout(due[0].clone(), LogoutOutcome::Delivered, by.clone()).await.expect("settled");
    assert_eq!(store.claim_logouts(10, lease, soon(86_400)).await.expect("read"), [], "it is done");
}
