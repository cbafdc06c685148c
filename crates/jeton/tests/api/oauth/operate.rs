//! The pages of those who run the APIs: who may see and send what, that nothing of another organisation shows, and that what people wrote
//! is shown as text.

use super::{
    browser::Browser,
    people::{PASSWORD, sign_in},
};
use crate::world::{Bearer, ORDERS, PATIENCE, Reply, World};
use jeton_core::{id::TokenId, limits};
use jeton_store::{audit::Actor, token::NewToken};
use serde_json::json;
use std::time::Duration;

const PAGES: [&str; 14] = [
    "/dashboard/tokens",
    "/dashboard/apps",
    "/dashboard/approvals",
    "/dashboard/apis",
    "/dashboard/projects",
    "/dashboard/keys",
    "/dashboard/verifiers",
    "/dashboard/policy",
    "/dashboard/audit",
    "/dashboard/audit/check",
    "/dashboard/settings",
    "/dashboard/subjects/ann",
    "/dashboard/tokens?kind=pat&state=alive&scope=orders:read&network=any&expires=never&idle_days=3&audience=&q=",
    "/dashboard/audit?action=token.issue&since=2020-01-01&until=&actor=&target=",
];
const WRITES: [&str; 15] = [
    "/dashboard/tokens/revoke",
    "/dashboard/approvals/app_000000000000/approve",
    "/dashboard/approvals/app_000000000000/reject",
    "/dashboard/approvals/app_000000000000/suspend",
    "/dashboard/approvals/app_000000000000/resume",
    "/dashboard/apis/new",
    "/dashboard/apis/api_000000000000/edit",
    "/dashboard/apis/api_000000000000/remove",
    "/dashboard/projects",
    "/dashboard/projects/prj_000000000000",
    "/dashboard/projects/prj_000000000000/remove",
    "/dashboard/keys/rotate",
    "/dashboard/policy",
    "/dashboard/policy?x=1",
    "/dashboard/projects?after=x",
];
const NAME: &str = "<script>alert(1)</script>\"'&";

/// Somebody of a role at a browser.
async fn someone(world: &World, role: &str) -> Browser {
    let body = json!({"name": role, "role": role, "password": PASSWORD});
    world.post(&world.owner, "/v1/users", body).await.expect(201);
    let browser = Browser::new(world);
    sign_in(&browser, role).await;
    browser
}

async fn csrf(browser: &Browser) -> String {
    browser.open("/account/sessions").await.expect(200).field("/account/sessions", "csrf")
}

async fn waiting_app(world: &World) -> Reply {
    let metadata = json!({"client_name": NAME, "redirect_uris": ["https://app.example/cb"], "scope": "orders:read orders:write"});
    world.post(&world.owner, "/v1/clients", json!({"metadata": metadata})).await.expect(201)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_sees_and_sends_what_it_may() {
    let world = World::start().await;
    world.declare_orders().await;
    let stranger = Browser::new(&world);
    let (auditor, developer) = (someone(&world, "auditor").await, someone(&world, "developer").await);
    let (auditors, developers) = (csrf(&auditor).await, csrf(&developer).await);
    for page in PAGES {
        let shown = auditor.open(page).await.expect(200);
        assert!(
            shown.header("content-security-policy").contains("default-src 'none'") && shown.header("cache-control") == "no-store",
            "{page}"
        );
        developer.open(page).await.expect(403);
        assert!(stranger.open(page).await.expect(303).header("location").starts_with("/sign-in?return_to="), "{page}");
    }
    for path in WRITES {
        auditor.post(path, &[("csrf", &auditors)]).await.expect(403);
        developer.post(path, &[("csrf", &developers)]).await.expect(403);
        stranger.post(path, &[("csrf", &auditors)]).await.expect(403);
    }
    let operator = someone(&world, "operator").await;
    for path in WRITES {
        // Without the token of the form, and with that of somebody else.
        operator.post(path, &[]).await.expect(403);
        operator.post(path, &[("csrf", &auditors)]).await.expect(403);
    }
    for path in ["/dashboard/apis/new", "/dashboard/keys/rotate", "/dashboard/tokens/revoke?kind=pat"] {
        operator.open(path).await.expect(200);
        auditor.open(path).await.expect(403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organisations_things_are_not_there() {
    let world = World::start().await;
    let api = world.declare_orders().await;
    let app = waiting_app(&world).await;
    let project = world.post(&world.owner, "/v1/projects", json!({"name": "shop"})).await.expect(201);
    let user = world.post(&world.owner, "/v1/users", json!({"name": "ann"})).await.expect(201);
    let other = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let other = Bearer(other.str("/owner_token/token").to_owned());
    world.post(&other, "/v1/users", json!({"name": "spy", "role": "owner", "password": PASSWORD})).await.expect(201);
    let spy = Browser::new(&world);
    sign_in(&spy, "spy").await;
    let token = csrf(&spy).await;
    let (api, app, project) = (api.str("/id"), app.str("/client_id"), project.str("/id"));
    for page in [
        format!("/dashboard/apis/{api}"),
        format!("/dashboard/apis/{api}/edit"),
        format!("/dashboard/apis/{api}/remove"),
        format!("/dashboard/approvals/{app}"),
        format!("/dashboard/projects/{project}"),
        format!("/dashboard/projects/{project}/remove"),
        format!("/dashboard/subjects/{}", user.str("/id")),
        "/dashboard/tokens/revoke/req_000000000000".to_owned(),
        "/dashboard/settings".to_owned(),
        "/dashboard/verifiers".to_owned(),
        "/dashboard/audit/check".to_owned(),
    ] {
        let shown = spy.open(&page).await.expect(404);
        assert!(!shown.text.contains("Orders") && !shown.text.contains("shop"), "{page}: {}", shown.text);
    }
    let fields = [("csrf", token.as_str()), ("version", "1"), ("name", "mine"), ("reason", "because"), ("scope", "orders:read")];
    for path in [
        format!("/dashboard/apis/{api}/edit"),
        format!("/dashboard/apis/{api}/remove"),
        format!("/dashboard/approvals/{app}/approve"),
        format!("/dashboard/approvals/{app}/reject"),
        format!("/dashboard/approvals/{app}/suspend"),
        format!("/dashboard/approvals/{app}/resume"),
        format!("/dashboard/projects/{project}"),
        format!("/dashboard/projects/{project}/remove"),
        "/dashboard/keys/rotate".to_owned(),
        "/dashboard/audit/check".to_owned(),
    ] {
        spy.post(&path, &fields).await.expect(404);
    }
    assert!(!spy.open("/dashboard/audit").await.expect(200).text.contains(api));
    assert!(!spy.open("/dashboard/tokens").await.expect(200).text.contains(ORDERS));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_approved_for_a_part_rejected_suspended_and_resumed() {
    let world = World::start().await;
    world.declare_orders().await;
    let app = waiting_app(&world).await;
    let path = format!("/dashboard/approvals/{}", app.str("/client_id"));
    let browser = someone(&world, "approver").await;
    let inbox = browser.open("/dashboard/approvals").await.expect(200);
    assert!(
        inbox.text.contains("New app") && inbox.text.contains("waiting</span>") && !inbox.text.contains("<script>alert"),
        "{}",
        inbox.text
    );
    let page = browser.open(&path).await.expect(200);
    assert!(!page.text.contains("<script>alert") && page.text.contains("https://app.example/cb"));
    let csrf = page.field(&format!("{path}/approve"), "csrf");
    browser.post(&format!("{path}/reject"), &[("csrf", &csrf), ("version", "1"), ("reason", "")]).await.expect(400);
    let done = browser.post(&format!("{path}/approve"), &[("csrf", &csrf), ("version", "1"), ("scopes", "orders:read")]).await.expect(303);
    assert_eq!(done.header("location"), format!("{path}?done=approved"));
    let client = world.get(&world.owner, &format!("/v1/clients/{}", app.str("/client_id"))).await.expect(200);
    assert_eq!((client.str("/state"), client.str("/metadata/scope")), ("approved", "orders:read"));
    // What was looked at is what is decided.
    browser.post(&format!("{path}/reject"), &[("csrf", &csrf), ("version", "1"), ("reason", "late")]).await.expect(412);
    for (verb, state) in [("suspend", "suspended"), ("resume", "approved")] {
        browser.post(&format!("{path}/{verb}"), &[("csrf", &csrf), ("reason", "seen elsewhere")]).await.expect(303);
        let client = world.get(&world.owner, &format!("/v1/clients/{}", app.str("/client_id"))).await.expect(200);
        assert_eq!(client.str("/state"), state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_revoked_by_who_types_how_many() {
    let world = World::start().await;
    world.declare_orders().await;
    let browser = someone(&world, "operator").await;
    let issue = |name: &str| world.issue(json!({"kind": "svc", "name": name, "audience": [ORDERS], "scopes": ["orders:read"]}));
    let (first, _second) = (issue(NAME).await, issue("second").await);
    let list = browser.open("/dashboard/tokens?kind=svc&q=").await.expect(200);
    assert!(
        list.text.contains("second") && !list.text.contains("<script>alert") && list.text.contains("&#60;script&#62;"),
        "{}",
        list.text
    );
    let secret = browser.open(&format!("/dashboard/tokens?q={}", first.str("/token"))).await.expect(303);
    assert_eq!(secret.header("location"), "/dashboard/tokens?done=secret");
    let wrong = browser.open("/dashboard/tokens?network=10.0.0.1/8").await.expect(200);
    assert!(wrong.text.contains("id=\"network-fault\""), "{}", wrong.text);
    let page = browser.open("/dashboard/tokens/revoke?kind=svc").await.expect(200);
    assert!(page.text.contains("Revoke 2 tokens for good"), "{}", page.text);
    let path = "/dashboard/tokens/revoke";
    for typed in ["3", "", "all"] {
        browser.submit(&page, path, &[("typed", typed), ("reason", "unused")]).await.expect(409);
    }
    assert_eq!(world.verify(first.str("/token"), json!({"audience": ORDERS})).await.str("/code"), "ok");
    let begun = browser.submit(&page, path, &[("typed", "2"), ("reason", "unused")]).await.expect(303);
    let run = begun.header("location").to_owned();
    let waiting = async {
        while !browser.open(&run).await.expect(200).text.contains("Done: 2 of 2") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it comes to its end");
    assert_eq!(world.verify(first.str("/token"), json!({"audience": ORDERS})).await.str("/code"), "revoked");
    let told = browser.open(path).await.expect(200).text;
    for words in [run.as_str(), "kind=svc", "2 of 2", "No longer used", ">you<"] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

/// Tokens like one that was issued, as many, behind the program's back but through its store.
async fn issue_like(world: &World, id: &str, count: usize) {
    let store = &world.authority().store;
    let organisation = store.list_organisations().await.expect("organisations").first().expect("the first").id;
    let like = store.show_token(organisation, TokenId::parse(id).expect("an id")).await.expect("it is there");
    let now = like.issued_at;
    let new = || NewToken {
        id: TokenId::issued_at(now, rand::random()),
        name: like.name.clone(),
        subject: like.record.subject.clone(),
        policy: (*like.record.policy).clone(),
        project_name: None,
        digest: Some(like.record.secrets.current),
        hint: String::new(),
        not_before: None,
        expires_at: None,
        metadata: "{}".to_owned(),
        issued_at: now,
    };
    for some in (0..count).map(|_| new()).collect::<Vec<_>>().chunks(1000) {
        store.issue_tokens(some.to_vec(), Actor::system(now)).await.expect("issued");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_page_looks_at_are_counted_when_somebody_asks() {
    let world = World::start().await;
    world.declare_orders().await;
    let browser = someone(&world, "operator").await;
    let first =
        world.issue(json!({"kind": "svc", "name": "s", "subject": "robot/7", "audience": [ORDERS], "scopes": ["orders:read"]})).await;
    issue_like(&world, first.str("/id"), usize::try_from(limits::PREVIEW_SCAN_MAX).expect("a count")).await;
    let path = "/dashboard/tokens/revoke";
    let page = browser.open(&format!("{path}?kind=svc")).await.expect(200).text;
    assert!(page.contains("at least 2,500") && page.contains("Count all of them") && !page.contains("name=\"typed\""), "{page}");
    // What lies behind may fit where nothing of what was looked at does.
    let none = browser.open(&format!("{path}?kind=svc&scope=orders:nobody")).await.expect(200).text;
    assert!(none.contains("Count all of them") && !none.contains("Nothing to revoke"), "{none}");
    let none = browser.open(&format!("{path}?kind=svc&scope=orders:nobody&count=all")).await.expect(200).text;
    assert!(none.contains("Nothing to revoke"), "{none}");
    let all = browser.open(&format!("{path}?kind=svc&count=all")).await.expect(200);
    assert!(all.text.contains("Revoke 2,501 tokens for good"), "{}", all.text);
    let refused = browser.submit(&all, path, &[("typed", "2500"), ("reason", "unused")]).await.expect(409);
    assert!(refused.text.contains("Revoke 2,501 tokens for good"), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_ended_at_once_where_a_cut_says_the_same() {
    let world = World::start().await;
    world.declare_orders().await;
    let browser = someone(&world, "operator").await;
    let issue = |subject: &str| {
        world.issue(json!({"kind": "svc", "name": "s", "subject": subject, "audience": [ORDERS], "scopes": ["orders:read"]}))
    };
    let (first, second, other) = (issue("robot/7").await, issue("robot/7").await, issue("robot/8").await);
    let code = async |token: &Reply| world.verify(token.str("/token"), json!({"audience": ORDERS})).await.str("/code").to_owned();
    let path = "/dashboard/tokens/revoke";
    let page = browser.open(&format!("{path}?q=robot/7&state=alive")).await.expect(200);
    assert!(page.text.contains("All at once") && page.text.contains("One by one"), "{}", page.text);
    browser.submit(&page, path, &[("how", "at_once"), ("typed", "3"), ("reason", "leaked")]).await.expect(409);
    // What a cut does not say is not ended by one.
    let narrower = browser.open(&format!("{path}?subject=robot/7&kind=svc")).await.expect(200);
    assert!(!narrower.text.contains("All at once"), "{}", narrower.text);
    browser.submit(&narrower, path, &[("how", "at_once"), ("typed", "2"), ("reason", "leaked")]).await.expect(409);
    assert_eq!((code(&first).await, code(&second).await), ("ok".to_owned(), "ok".to_owned()));
    let done = browser.submit(&page, path, &[("how", "at_once"), ("typed", "2"), ("reason", "leaked")]).await.expect(303);
    assert!(done.header("location").ends_with("done=cut"), "{}", done.header("location"));
    assert_eq!((code(&first).await.as_str(), code(&second).await.as_str(), code(&other).await.as_str()), ("revoked", "revoked", "ok"));
    let cuts = world.get(&world.owner, "/v1/revocations").await.expect(200);
    assert_eq!((cuts.str("/items/0/value"), cuts.str("/items/0/reason")), ("robot/7", "leaked"), "{}", cuts.text);
    assert!(cuts.str("/items/0/revoked_by").starts_with("user:usr_"), "{}", cuts.text);
    let told = browser.open(path).await.expect(200).text;
    for words in ["Everything of the subject", "/dashboard/tokens?subject=robot%2F7", "At once", "Leaked, or may have"] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apis_projects_and_the_policy_are_kept_by_forms() {
    let world = World::start().await;
    let browser = someone(&world, "operator").await;
    let page = browser.open("/dashboard/apis/new").await.expect(200);
    let new = "/dashboard/apis/new";
    let fields = [
        ("name", NAME),
        ("audience", "https://new.example.com"),
        ("scope.0.name", "a:read"),
        ("scope.0.words", "Read <b>a</b>"),
        ("scope.1.name", "a:write"),
        ("scope.1.kind", "sensitive"),
        ("route.0.pattern", "GET /v1/a/**"),
        ("route.0.scopes", "a:read"),
        ("route.0.max_age", "3600"),
        ("limit.0.per", "subject"),
        ("limit.0.requests", "100"),
        ("limit.0.seconds", "60"),
        ("life.client_credentials", "300"),
        ("serve_stale_seconds", "30"),
    ];
    // A row more comes without a script, with what was typed; nothing is added by that.
    let longer = browser.submit(&page, new, &[("name", NAME), ("scope.0.name", "a:read"), ("more", "scope")]).await.expect(200);
    assert!(longer.text.contains("name=\"scope.1.name\"") && !longer.text.contains("name=\"scope.2.name\""), "{}", longer.text);
    assert_eq!((longer.field(new, "scope.0.name"), longer.field(new, "name")), ("a:read".to_owned(), NAME.to_owned()));
    let wrong = [("name", "A"), ("audience", "https://new.example.com"), ("scope.0.name", "a b"), ("limit.0.requests", "x")];
    let bad = browser.submit(&longer, new, &wrong).await.expect(400);
    for part in ["id=\"scope.0.name-fault\"", "id=\"limit.0.requests-fault\"", "value=\"https://new.example.com\"", "value=\"a b\""] {
        assert!(bad.text.contains(part), "{part}: {}", bad.text);
    }
    let added = browser.submit(&page, new, &fields).await.expect(303);
    let path = added.header("location").split('?').next().unwrap_or_default().to_owned();
    let shown = browser.open(&format!("{path}?method=get&path=/v1/a/7")).await.expect(200);
    assert!(shown.text.contains("takes a token with a:read") && !shown.text.contains("<b>a</b>"), "{}", shown.text);
    for part in
        ["100 calls in 60 s for each subject", "at most 3,600 s ago", "Client credentials: 300 seconds", "Gates go on for 30 seconds"]
    {
        assert!(shown.text.contains(part), "{part}: {}", shown.text);
    }
    let form = browser.open(&format!("{path}/edit")).await.expect(200);
    let (edit, per) = (format!("{path}/edit"), ("limit.0.per", "subject"));
    // What all rows are together is looked at too.
    let twice = browser.submit(&form, &edit, &[("scope.1.name", "a:read"), per]).await.expect(400);
    assert!(twice.text.contains("id=\"scopes-fault\""), "{}", twice.text);
    browser.submit(&form, &edit, &[("name", "A"), ("scope.1.name", ""), ("token_format", "jwt"), per]).await.expect(303);
    let id = path.rsplit('/').next().unwrap_or_default();
    let api = world.get(&world.owner, &format!("/v1/apis/{id}")).await.expect(200).body;
    assert_eq!((api["name"].as_str(), api["token_format"].as_str()), (Some("A"), Some("jwt")));
    assert_eq!(api["scopes"], json!([{"scope": "a:read", "description": "Read <b>a</b>", "public": false}]));
    assert_eq!(api["limits"], json!([{"per": "subject", "requests": 100, "per_seconds": 60}]));
    assert_eq!((&api["access_token_seconds_by_grant"], &api["routes"][0]["max_age"]), (&json!({"client_credentials": 300}), &json!(3600)));
    browser.submit(&form, &edit, &[("name", "B"), per]).await.expect(412);
    let asked = browser.open(&format!("{path}/remove")).await.expect(200);
    browser.submit(&asked, &format!("{path}/remove"), &[]).await.expect(303);
    browser.open(&path).await.expect(404);

    let projects = browser.open("/dashboard/projects").await.expect(200);
    browser.submit(&projects, "/dashboard/projects", &[("name", "shop")]).await.expect(303);
    browser.submit(&projects, "/dashboard/projects", &[("name", "shop")]).await.expect(400);

    let policy = browser.open("/dashboard/policy").await.expect(200);
    world.issue(json!({"kind": "svc", "name": "s", "audience": [crate::world::ISSUER], "expires_in": null})).await;
    let mut wish = vec![("svc.longest_days", "30"), ("approved_at_once", "none"), ("approvers_approve", "yes"), ("version", "0")];
    let roles = ["owner", "operator", "approver", "developer", "auditor"].map(|role| format!("{role}.second_factor"));
    // Of owners alone: whoever lays it down goes on.
    wish.extend(roles.iter().map(|name| (name.as_str(), if name.starts_with("owner") { "yes" } else { "" })));
    let tried = browser.submit(&policy, "/dashboard/policy", &[&wish[..], &[("go", "no")]].concat()).await.expect(200);
    assert!(tried.text.contains("kinds.svc.longest_seconds") && tried.text.contains(">1 token<"), "{}", tried.text);
    assert_eq!(world.get(&world.owner, "/v1/policy").await.expect(200).body["version"], json!(0));
    browser.submit(&policy, "/dashboard/policy", &[&wish[..], &[("go", "yes")]].concat()).await.expect(303);
    assert_eq!(world.get(&world.owner, "/v1/policy").await.expect(200).body["kinds"]["svc"]["longest_seconds"], json!(30 * 86_400));
    let roles = world.get(&world.owner, "/v1/policy").await.expect(200).body["roles"].clone();
    assert_eq!((&roles["owner"]["second_factor"], &roles["operator"]["second_factor"]), (&json!(true), &json!(false)));
    let rotate = browser.open("/dashboard/keys/rotate").await.expect(200);
    browser.submit(&rotate, "/dashboard/keys/rotate", &[]).await.expect(303);
    let export = browser.open("/dashboard/audit/export?action=policy.set").await.expect(200);
    assert_eq!(export.text.lines().count(), 1, "{}", export.text);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&export.text).expect("a line")["action"], json!("policy.set"));
    let unchecked = browser.open("/dashboard/audit/check").await.expect(200);
    assert!(!unchecked.text.contains("Whole"), "{}", unchecked.text);
    browser.submit(&unchecked, "/dashboard/audit/check", &[]).await.expect(303);
    let waiting = async {
        loop {
            let checked = browser.open("/dashboard/audit/check").await.expect(200).text;
            if checked.contains("Check again") {
                return checked;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let checked = tokio::time::timeout(PATIENCE, waiting).await.expect("it comes to its end");
    assert!(checked.contains("Whole") && checked.contains("First event") && checked.contains("Last event"), "{checked}");
    assert!(!checked.contains("Earlier checks"), "{checked}");
    let again = browser.open("/dashboard/audit/check").await.expect(200);
    browser.submit(&again, "/dashboard/audit/check", &[]).await.expect(303);
    let checked = browser.open("/dashboard/audit/check").await.expect(200).text;
    assert!(checked.contains("Earlier checks") && checked.contains(">you<"), "{checked}");
}
