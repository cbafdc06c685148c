//! Personal access tokens on pages: issued once, shown once, used, explained, rotated, narrowed, paused and ended; and nobody else's.

use super::frame::somebody;
use crate::{
    oauth::browser::{Browser, Page},
    world::{ORDERS, World},
};
use serde_json::json;

const NEW: &str = "/dashboard/tokens/new";

/// What the form for a token holds, with some of it changed.
fn fields<'f>(page: &'f [(String, String)], more: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let kept = ["csrf", "key", "api", "template"].map(|name| {
        let found = page.iter().find(|(own, _)| own == name).expect("a hidden field");
        (found.0.as_str(), found.1.as_str())
    });
    kept.into_iter().chain(more.iter().copied()).collect()
}

/// Issues a token on the pages; gives its text and id.
async fn issue(browser: &Browser, more: &[(&str, &str)]) -> (String, String) {
    let form = browser.open(NEW).await.expect(200).form(NEW);
    let page = browser.post(NEW, &fields(&form, more)).await.expect(200);
    once(&page)
}

/// The token that a page shows once, and its id.
fn once(page: &Page) -> (String, String) {
    assert!(page.text.contains("data-once") && page.header("cache-control") == "no-store", "{}", page.text);
    let start = page.text.find("jtn_pat_").expect("a token");
    let text: String = page.text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let id = text[8..20].to_owned();
    (text, id)
}

const READ: [(&str, &str); 4] = [("name", "report"), ("access.orders", "read"), ("life", "30"), ("step", "issue")];

async fn code(world: &World, token: &str, about: serde_json::Value) -> String {
    let reply = world.verify(token, about).await;
    if reply.body["active"] == json!(true) { "ok".to_owned() } else { reply.str("/code").to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_issued_once_and_does_what_the_sentence_says() {
    let world = World::start().await;
    world.declare_orders().await;
    let dan = somebody(&world, "dan", "developer").await;
    assert!(dan.open("/dashboard/tokens/mine").await.expect(200).text.contains("You have no tokens yet"));
    let page = dan.open(NEW).await.expect(200);
    for part in ["Read only", "CI job", "access.orders", "catalogue", "Read orders"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let form = page.form(NEW);
    let narrow = [("networks", "10.0.0.0/8"), ("routes", "GET /v1/orders/*"), ("rate", "100"), ("per", "60")];
    let asked = [&READ[..3], &narrow, &[("step", "preview")]].concat();
    let preview = dan.post(NEW, &fields(&form, &asked)).await.expect(200);
    let said = "This personal access token can call GET /v1/orders/* of Orders from 10.0.0.0/8 until ";
    assert!(preview.text.contains(said) && preview.text.contains("at most 100 requests a minute"), "{}", preview.text);
    assert!(!preview.text.contains("jtn_pat_"));
    let asked = [&READ[..], &narrow].concat();
    let first = dan.post(NEW, &fields(&form, &asked)).await.expect(200);
    let (token, id) = once(&first);
    assert!(first.text.contains(said) && first.text.contains("https://orders.example.com/v1/orders/1"), "{}", first.text);
    let again = dan.post(NEW, &fields(&form, &asked)).await.expect(200);
    assert_eq!(once(&again), (token.clone(), id.clone()), "the same form issues one token");
    let last = dan.open(&format!("{NEW}?template=last")).await.expect(200).text;
    assert!(
        last.contains("As my last one") && last.contains("10.0.0.0/8</textarea>") && last.contains("GET /v1/orders/*</textarea>"),
        "{last}"
    );

    let at = |method: &str, path: &str, ip: &str| json!({"audience": ORDERS, "method": method, "path": path, "client_ip": ip});
    assert_eq!(code(&world, &token, at("GET", "/v1/orders/7", "10.1.2.3")).await, "ok");
    assert_eq!(code(&world, &token, at("GET", "/v1/orders/7", "192.0.2.1")).await, "address_not_allowed");
    assert_eq!(code(&world, &token, at("POST", "/v1/orders", "10.1.2.3")).await, "route_not_allowed");
    let list = dan.open("/dashboard/tokens/mine").await.expect(200).text;
    assert!(list.contains(&id) && !list.contains(&token) && list.contains("from 10.1.2.3"), "{list}");
    let detail = dan.open(&format!("/dashboard/tokens/{id}")).await.expect(200).text;
    for part in [said, "Address not allowed", "How to fix it", "Call from one of its networks", "Issued", "by you"] {
        assert!(detail.contains(part) || (part == "by you" && detail.contains(">you<")), "{part}: {detail}");
    }
    assert!(!detail.contains(&token));
    let decision = detail.split("/dashboard/decisions/").nth(1).expect("a decision").chars().take(16).collect::<String>();
    let found = dan.open(&format!("/dashboard/decisions?id={decision}")).await.expect(303);
    let explained = dan.open(found.header("location")).await.expect(200).text;
    assert!(explained.contains("Why this call was refused") && explained.contains("How to fix it"), "{explained}");
    dan.open("/dashboard/decisions?id=%3Cb%3E").await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_stands_at_its_field() {
    let world = World::start().await;
    world.declare_orders().await;
    let dan = somebody(&world, "dan", "developer").await;
    let form = dan.open(NEW).await.expect(200).form(NEW);
    for (more, said) in [
        (&[("name", " ")][..], "name-fault"),
        (&[("networks", "10.0.0.1/8")], "networks-fault"),
        (&[("routes", "GET v1")], "routes-fault"),
        (&[("routes", "GET /elsewhere/**")], "lies within none of them"),
        (&[("life", "date"), ("until", "2001-01-01")], "until-fault"),
        (&[("life", "1000")], "Its life must be one of those"),
        (&[("rate", "many"), ("per", "60")], "rate-fault"),
    ] {
        let kept = READ.iter().filter(|(name, _)| !more.iter().any(|(own, _)| own == name)).copied();
        let all: Vec<_> = kept.chain(more.iter().copied()).collect();
        let page = dan.post(NEW, &fields(&form, &all)).await.expect(400);
        assert!(page.text.contains(said) && page.text.contains("Nothing was changed"), "{said}: {}", page.text);
    }
    let forged = [&READ[..3], &[("scopes", "orders:write"), ("scopes", "tokens:issue"), ("step", "issue")]].concat();
    let (_, id) = once(&dan.post(NEW, &fields(&form, &forged)).await.expect(200));
    let shown = world.get(&world.owner, &format!("/v1/tokens/{id}")).await.expect(200);
    assert_eq!(shown.body["scopes"], json!(["orders:read"]), "a row's scope is no box");
    assert_eq!(dan.post(NEW, &[("csrf", "forged"), ("name", "x")]).await.status, 403);
    let name = "<img src=x onerror=alert(1)>";
    let form = dan.open(NEW).await.expect(200).form(NEW);
    let (_, id) = once(&dan.post(NEW, &fields(&form, &[&READ[1..], &[("name", name)]].concat())).await.expect(200));
    for path in [format!("/dashboard/tokens/{id}"), "/dashboard/tokens/mine".to_owned(), format!("/dashboard/tokens/{id}/rotate")] {
        let text = dan.open(&path).await.expect(200).text;
        assert!(!text.contains("<img src=x") && text.contains("&#60;img src=x"), "{path}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sensitive_scopes_and_the_management_are_not_for_developers() {
    let world = World::start().await;
    let scopes = json!([{"scope": "people:read", "sensitive": true}, {"scope": "stock:read"}]);
    world.post(&world.owner, "/v1/apis", json!({"audience": ORDERS, "name": "Orders", "scopes": scopes})).await.expect(201);
    let (dan, olga) = (somebody(&world, "dan", "developer").await, somebody(&world, "olga", "operator").await);
    let page = dan.open(NEW).await.expect(200);
    assert!(!page.text.contains("people:read") && page.text.contains("1 sensitive scope is left out"), "{}", page.text);
    let form = page.form(NEW);
    let forged = [&READ[..1], &READ[2..], &[("access.people", "read")]].concat();
    let forged = fields(&form, &forged);
    let (_, id) = once(&dan.post(NEW, &forged).await.expect(200));
    assert_eq!(world.get(&world.owner, &format!("/v1/tokens/{id}")).await.expect(200).body["scopes"], json!([]));
    let picks = olga.open(NEW).await.expect(200).text;
    let orders = picks.split("/dashboard/tokens/new?api=").nth(1).expect("an API to pick").chars().take(16).collect::<String>();
    assert!(picks.matches("/dashboard/tokens/new?api=").count() == 2, "the management interface too: {picks}");
    let page = olga.open(&format!("{NEW}?api={orders}")).await.expect(200).text;
    assert!(page.contains("people:read") || page.contains("tokens:read"), "{page}");
    dan.open(&format!("{NEW}?api=api_000000000000")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_rotated_narrowed_paused_and_ended() {
    let world = World::start().await;
    world.declare_orders().await;
    let dan = somebody(&world, "dan", "developer").await;
    let (old, id) = issue(&dan, &[&READ[..1], &[("access.orders", "write")], &READ[2..]].concat()).await;
    let path = format!("/dashboard/tokens/{id}");
    let about = json!({"audience": ORDERS});

    let ask = dan.open(&format!("{path}/rotate")).await.expect(200);
    let csrf = ask.field(&format!("{path}/rotate"), "csrf");
    let rotate = [("csrf", csrf.as_str()), ("generation", "1"), ("overlap", "silent")];
    let (new, _) = once(&dan.post(&format!("{path}/rotate"), &rotate).await.expect(200));
    dan.post(&format!("{path}/rotate"), &rotate).await.expect(409);
    assert_eq!((code(&world, &old, about.clone()).await, code(&world, &new, about.clone()).await), ("ok".to_owned(), "ok".to_owned()));
    let detail = dan.open(&path).await.expect(200).text;
    assert!(detail.contains("The old secret still works") && detail.contains("until nobody used it for a day"), "{detail}");
    assert!(detail.contains("It was used last"), "{detail}");
    let asked = dan.open(&format!("{path}/end-overlap")).await.expect(200);
    let ended = dan.submit(&asked, &format!("{path}/end-overlap"), &[]).await.expect(303);
    assert_eq!(ended.header("location"), format!("{path}?done=ended"));
    assert_eq!((code(&world, &old, about.clone()).await, code(&world, &new, about.clone()).await), ("revoked".to_owned(), "ok".to_owned()));

    let version = dan.open(&format!("{path}/edit")).await.expect(200).field(&format!("{path}/edit"), "version");
    let edit = |more: &[(&'static str, &'static str)]| {
        let begun = [("csrf", csrf.clone()), ("version", version.clone()), ("name", "report".to_owned()), ("life", "keep".to_owned())];
        begun.into_iter().chain(more.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect::<Vec<_>>()
    };
    let send = async |all: Vec<(&str, String)>| {
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        dan.post(&format!("{path}/edit"), &all).await
    };
    let longer = send(
        edit(&[("scopes", "orders:read"), ("life", "90")]).into_iter().filter(|(name, value)| *name != "life" || value == "90").collect(),
    )
    .await;
    assert!(longer.expect(400).text.contains("can only be made narrower"));
    send(edit(&[("scopes", "orders:read"), ("networks", "10.0.0.0/8")])).await.expect(303);
    let shown = world.get(&world.owner, &format!("/v1/tokens/{id}")).await.expect(200);
    assert_eq!((&shown.body["scopes"], &shown.body["networks"]["allow"]), (&json!(["orders:read"]), &json!(["10.0.0.0/8"])));

    for (verb, state) in [("suspend", "suspended"), ("resume", "active"), ("suspend", "suspended")] {
        let asked = dan.open(&format!("{path}/{verb}")).await.expect(200);
        dan.submit(&asked, &format!("{path}/{verb}"), &[]).await.expect(303);
        assert_eq!(world.get(&world.owner, &format!("/v1/tokens/{id}")).await.expect(200).str("/state"), state);
    }
    // What an operator holds back, its owner does not let go on.
    world.post(&world.owner, &format!("/v1/tokens/{id}/resume"), json!({})).await.expect(200);
    world.post(&world.owner, &format!("/v1/tokens/{id}/suspend"), json!({"reason": "unusual_use"})).await.expect(200);
    let form = [("csrf", csrf.as_str())];
    assert!(dan.post(&format!("{path}/resume"), &form).await.expect(403).text.contains("held back by somebody else"));
    let asked = dan.open(&format!("{path}/revoke")).await.expect(200);
    let done = dan.submit(&asked, &format!("{path}/revoke"), &[("reason", "leaked")]).await.expect(303);
    assert_eq!(code(&world, &new, about).await, "revoked", "dead before the page is there again");
    assert!(dan.open(done.header("location")).await.expect(200).text.contains("Revoked: leaked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_at_the_tokens_of_others() {
    let world = World::start().await;
    world.declare_orders().await;
    let (dan, eve) = (somebody(&world, "dan", "developer").await, somebody(&world, "eve", "developer").await);
    let auditor = somebody(&world, "aud", "auditor").await;
    let (token, id) = issue(&dan, &READ).await;
    world.verify(&token, json!({"audience": ORDERS, "scopes": ["orders:write"]})).await;
    let other = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let foreign = crate::world::Bearer(other.str("/owner_token/token").to_owned());
    let body = json!({"name": "fay", "role": "owner", "password": crate::oauth::people::PASSWORD});
    world.post(&foreign, "/v1/users", body).await.expect(201);
    let fay = Browser::new(&world);
    crate::oauth::people::sign_in(&fay, "fay").await;
    let path = format!("/dashboard/tokens/{id}");
    let detail = dan.open(&path).await.expect(200).text;
    let decision = detail.split("/dashboard/decisions/").nth(1).expect("a decision").chars().take(16).collect::<String>();
    let verbs = ["edit", "rotate", "end-overlap", "suspend", "resume", "revoke", "shrink"];
    for stranger in [&eve, &fay] {
        stranger.open(&path).await.expect(404);
        stranger.open(&format!("/dashboard/decisions/{decision}")).await.expect(404);
        let csrf = stranger.open("/sign-out").await.expect(200).field("/sign-out", "csrf");
        for verb in verbs {
            if verb != "shrink" {
                stranger.open(&format!("{path}/{verb}")).await.expect(404);
            }
            let form = [
                ("csrf", csrf.as_str()),
                ("generation", "1"),
                ("version", "1"),
                ("overlap", "0"),
                ("name", "mine"),
                ("scopes", "orders:read"),
            ];
            stranger.post(&format!("{path}/{verb}"), &form).await.expect(404);
        }
    }
    // An auditor sees it and changes nothing; a form without its token changes nothing either.
    let seen = auditor.open(&path).await.expect(200).text;
    assert!(!seen.contains(&format!("{path}/revoke")), "{seen}");
    auditor.open(&format!("/dashboard/decisions/{decision}")).await.expect(200);
    let csrf = auditor.open("/sign-out").await.expect(200).field("/sign-out", "csrf");
    for verb in verbs {
        let form =
            [("csrf", csrf.as_str()), ("generation", "1"), ("version", "1"), ("overlap", "0"), ("name", "mine"), ("scopes", "orders:read")];
        auditor.post(&format!("{path}/{verb}"), &form).await.expect(403);
        dan.post(&format!("{path}/{verb}"), &[("generation", "1"), ("overlap", "0"), ("name", "x")]).await.expect(403);
    }
    assert_eq!(world.get(&world.owner, &format!("/v1/tokens/{id}")).await.expect(200).body["version"], json!(1));
    assert_eq!(code(&world, &token, json!({"audience": ORDERS})).await, "ok");
}
