//! Another master key: everything is marked and sealed anew, can be stopped in between, and the old key is then not needed for
//! rows any more.

use crate::{
    both,
    fixture::{NOW, World, actor, organisation},
};
use jeton_core::{
    id::{ClientId, SessionId, UserId},
    master_key::{KeyRing, MasterKey},
    name::Name,
    oauth::{
        authorization::Authorization,
        device::DeviceRequest,
        registration::{Registration, SubjectType},
        user_code::UserCode,
    },
    scope::ScopeSet,
    seal,
    timestamp::Span,
};
use jeton_store::{
    Engine, OpenOptions, Store,
    code::NewCode,
    device::{NewDevice, Polled},
    key::{NewKey, StoredKey},
    request::NewPushedRequest,
    second_factor::TotpSecret,
    session::{NewSession, Session, SessionLimits},
    user::{Role, User},
};

fn old() -> MasterKey {
    MasterKey::from_random([7; 32])
}
fn new() -> MasterKey {
    MasterKey::from_random([8; 32])
}

const WEEK: Span = Span::from_days(7);
const DIGEST: [u8; 32] = [9; 32];

fn client() -> ClientId {
    ClientId::from_random([4; 16])
}

/// One of each that is in no backup: a session, a code, a pushed request and a device that waits.
pub(crate) async fn begin_what_passes(store: &Store) {
    let expires_at = NOW.plus(WEEK);
    let user = User {
        id: UserId::from_random([5; 16]),
        organisation: organisation(),
        name: Name::parse("ann").expect("a name"),
        email: None,
        role: Role::Developer,
        disabled: false,
        created_at: NOW,
        version: 1,
    };
    store.insert_user(user.clone(), actor()).await.expect("added");
    let session = Session {
        id: SessionId::from_random([6; 16]),
        organisation: organisation(),
        user: user.id,
        methods: vec!["pwd".to_owned()],
        authenticated_at: NOW,
        created_at: NOW,
        seen_at: NOW,
        expires_at,
        client_ip: None,
        user_agent: Some("a browser".to_owned()),
        ended_at: None,
    };
    store.start_session(NewSession { session, digest: DIGEST }, actor()).await.expect("started");
    let authorization = Authorization {
        organisation: organisation(),
        client: client(),
        user: user.id,
        session: None,
        authenticated_at: NOW,
        methods: Vec::new(),
        acr: String::new(),
        scopes: ScopeSet::empty(),
        resources: Vec::new(),
        nonce: None,
        claims: None,
        redirect_uri: None,
        code_challenge: None,
        dpop_jkt: None,
    };
    store.insert_code(NewCode { digest: DIGEST, authorization, expires_at }).await.expect("kept");
    let pushed = NewPushedRequest { digest: DIGEST, client: client(), body: "scope=openid".to_owned(), expires_at };
    store.insert_pushed_request_at(pushed, NOW).await.expect("kept");
    let request = DeviceRequest {
        organisation: organisation(),
        client: client(),
        client_id: client().to_string(),
        scopes: ScopeSet::empty(),
        resources: Vec::new(),
    };
    let device = NewDevice { digest: DIGEST, user_code: UserCode::from_random([7; 16]), request, expires_at };
    store.insert_device(device, actor()).await.expect("kept");
}

/// Which of them are there.
pub(crate) async fn what_passes(store: &Store) -> [bool; 4] {
    let limits = SessionLimits { idle: WEEK, whole: WEEK };
    [
        store.find_session_at(DIGEST, NOW, limits).await.expect("reads").is_some(),
        store.find_code(DIGEST).await.expect("reads").is_some(),
        store.find_pushed_request_at(DIGEST, NOW).await.expect("reads").is_some(),
        store.poll_device(DIGEST, client(), actor()).await.expect("reads") == Polled::Pending,
    ]
}

/// Ann, as apps with pairwise subjects know her.
async fn pairwise(store: &Store) -> String {
    let registration = Registration {
        subject_type: SubjectType::Pairwise,
        redirect_uris: vec!["https://app.example.com/cb".to_owned()],
        ..Registration::default()
    };
    let key = store.subject_key_at(NOW).await.expect("a key");
    key.subject_for(&registration, UserId::from_random([5; 16])).expect("a subject")
}

async fn rows_outlive_the_old_key(engine: Engine) {
    let world = World::new(engine).await;
    for number in 1..=20 {
        world.issue(number).await;
    }
    let sealed_private = seal::seal(world.store.ring(), b"signing_key:k1", b"private", [4; 12]).expect("seals");
    let key = StoredKey {
        kid: "k1".into(),
        algorithm: "ES256".into(),
        public_jwk: "{}".into(),
        sealed_private,
        published_at: NOW,
        signs_from: NOW,
        removed_at: None,
    };
    world.store.insert_key(&actor(), NewKey { key, after: None, older_removed_at: NOW.plus(Span::from_days(1)) }).await.expect("inserts");
    begin_what_passes(&world.store).await;
    let ann = UserId::from_random([5; 16]);
    let context = format!("totp:{ann}");
    let sealed = seal::seal(world.store.ring(), context.as_bytes(), b"secret", [5; 12]).expect("seals");
    let totp = TotpSecret { user: ann, sealed, last_step: 7, created_at: NOW };
    world.store.set_totp(organisation(), totp, vec![DIGEST], actor()).await.expect("set");
    // Under the old key alone, of another place: subjects there were what they are here.
    let before = pairwise(&World::new(engine).await.store).await;
    world.store.close().await;

    let both = OpenOptions { ring: KeyRing::of(old()).rotated(new()).into(), ..world.place.options() };
    let store = Store::open(both.clone()).await.expect("opens under both");
    let report = store.remark_at(NOW, |_| ()).await.expect("marks anew");
    assert!(report.rows > 40, "{report:?}");
    assert_eq!((report.sealed, report.tampered.len()), (2, 0), "the key of subjects was made under the new one");
    assert_eq!(pairwise(&store).await, before);
    let again = store.remark_at(NOW, |_| ()).await.expect("marks anew");
    assert_eq!((again.rows, again.sealed), (0, 0), "all is done: {again:?}");
    assert_eq!(store.verify_audit(|_, _| ()).await.expect("verifies").faults, []);
    store.close().await;

    let alone = OpenOptions { ring: KeyRing::of(new()).into(), ..both };
    let store = Store::open(alone).await.expect("opens under the new one alone");
    assert_eq!(crate::fixture::said(&store, 20, 0, "orders:read", NOW).await, "ok");
    let keys = store.signing_keys().await.expect("reads");
    assert_eq!(what_passes(&store).await, [true; 4]);
    let opened = seal::open(store.ring(), b"signing_key:k1", &keys[0].sealed_private).expect("opens");
    assert_eq!(opened.as_slice(), b"private");
    let totp = store.find_totp(ann).await.expect("reads").expect("it is there");
    assert_eq!(seal::open(store.ring(), context.as_bytes(), &totp.sealed).expect("opens").as_slice(), b"secret");
    assert_eq!(store.count_recovery_codes(ann).await, Ok(1));
    assert_eq!(pairwise(&store).await, before, "apps know people as before");
    store.close().await;

    // Once more, now that there is a key of subjects to be sealed anew; and from outside nobody puts another in its place.
    let newest = MasterKey::from_random([9; 32]);
    let both = OpenOptions { ring: KeyRing::of(new()).rotated(newest).into(), ..world.place.options() };
    let store = Store::open(both.clone()).await.expect("opens under both");
    assert_eq!(store.remark_at(NOW, |_| ()).await.expect("marks anew").sealed, 3);
    store.close().await;
    let alone = OpenOptions { ring: KeyRing::of(MasterKey::from_random([9; 32])).into(), ..both };
    let store = Store::open(alone).await.expect("opens under the newest alone");
    assert_eq!(pairwise(&store).await, before);
    jeton_store::testing::execute(&world.place.url, "UPDATE subject_keys SET made_at = made_at + 1").await;
    assert!(store.subject_key_at(NOW).await.is_err());
    store.catalogue().await.expect("reads");
    store.changes_after(jeton_core::change::Revision(0), 1000).await.expect("reads");
    store.close().await;
}

both!(rows_outlive_the_old_key);
