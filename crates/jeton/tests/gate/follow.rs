//! What a gate does while all is well: it knows what the authority knows, at once.

use super::{
    caller::{Caller, Issued, issued},
    installation::{AUDIENCE, until},
    rig::{Authority, GateHouse},
};
use serde_json::json;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_passes_refuses_and_forgets_as_its_authority_does() {
    let authority = Authority::start().await;
    let old = authority.owner.issue("before").await;
    let house = GateHouse::following(&authority.node.url(), &authority.gate_token(&[AUDIENCE]).await, "");
    let gate = house.launch().ready().await;
    assert_eq!(gate.ask(&old.text).await.status, 200);
    let asked = gate.metric("jeton_gate_lookups_total{result=\"found\"}").await;
    assert!(asked < 0.5, "a token of the snapshot was asked for");
    // Issued while it follows: it comes with the change, or is asked for.
    let new = authority.owner.issue("after").await;
    gate.comes_to(&new.text, 200).await;
    // Suspended, resumed, rotated, revoked.
    let path = |verb: &str| format!("/v1/tokens/{}/{verb}", new.id);
    authority.owner.expect(200, "POST", &path("suspend"), Some(json!({}))).await;
    gate.comes_to(&new.text, 401).await;
    authority.owner.expect(200, "POST", &path("resume"), Some(json!({}))).await;
    gate.comes_to(&new.text, 200).await;
    let rotated = issued(&authority.owner.expect(201, "POST", &path("rotate"), Some(json!({"overlap_seconds": 0}))).await);
    gate.comes_to(&rotated.text, 200).await;
    gate.comes_to(&new.text, 401).await;
    let begun = Instant::now();
    authority.revoke(&new.id).await;
    gate.comes_to(&rotated.text, 401).await;
    println!("revoked to refused: {:?}", begun.elapsed());
    assert!(gate.ask(&rotated.text).await.body.contains("revoked"));
    // What another API's routes demand is known as well.
    assert_eq!(gate.ask("nonsense").await.status, 401);
    gate.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_waits_hears_from_its_gates() {
    let authority = Authority::start().await;
    let token = authority.owner.issue("victim").await;
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let house = GateHouse::following(&authority.node.url(), &credential, "");
    let gate = house.launch().ready().await;
    let answer = authority.owner.expect(200, "POST", &format!("/v1/tokens/{}/revoke", token.id), Some(json!({"wait": true}))).await;
    let of_gate = answer.to_string();
    assert!(of_gate.contains(&credential.id), "the gate is not among those that were waited for: {answer}");
    assert!(!of_gate.contains("\"acknowledged\":false"), "{answer}");
    assert_eq!(gate.ask(&token.text).await.status, 401, "it said that it knows");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_hangs_is_named_and_one_that_ends_is_not_waited_for() {
    let authority = Authority::start().await;
    let tokens = [authority.owner.issue("one").await, authority.owner.issue("two").await, authority.owner.issue("three").await];
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let house = GateHouse::following(&authority.node.url(), &credential, "");
    let gate = house.launch().ready().await;
    gate.signal("-STOP");
    let revoke = |id: &str, wait: &str| {
        authority.installation.command(&authority.node, &["--json", "token", "revoke", id, "--reason", "tried", &format!("--wait={wait}")])
    };
    let hung = revoke(&tokens[0].id, "1");
    let said = String::from_utf8_lossy(&hung.stdout).into_owned() + &String::from_utf8_lossy(&hung.stderr);
    assert_eq!(hung.status.code(), Some(6), "{said}");
    assert!(said.contains("gate@") && said.contains("behind"), "the laggard is not named: {said}");
    // Silent for longer than it believes its memory: when it goes on, it asks before it lets anything pass.
    let silent = revoke(&tokens[1].id, "20");
    let said = String::from_utf8_lossy(&silent.stdout).into_owned();
    assert!(silent.status.success() && said.contains("stale"), "{said}");
    gate.signal("-CONT");
    for token in &tokens[..2] {
        gate.comes_to(&token.text, 401).await;
    }
    let done = revoke(&tokens[2].id, "20");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(gate.ask(&tokens[2].text).await.status, 401);
    let listed = async || authority.owner.expect(200, "GET", "/v1/verifiers", None).await.to_string();
    assert!(listed().await.contains(&credential.id));
    gate.stop().await;
    assert!(!listed().await.contains(&credential.id), "it is waited for although it said that it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn jwts_and_derived_tokens_are_known_with_what_they_hang_on() {
    let authority = Authority::start().await;
    let house = GateHouse::following(&authority.node.url(), &authority.gate_token(&[AUDIENCE]).await, "");
    let jwt = json!({"kind": "svc", "name": "jwt", "format": "jwt", "audience": [AUDIENCE], "scopes": ["orders:read"]});
    let before = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(jwt.clone())).await);
    let gate = house.launch().ready().await;
    let after = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(jwt)).await);
    for token in [&before, &after] {
        gate.comes_to(&token.text, 200).await;
        authority.revoke(&token.id).await;
        gate.comes_to(&token.text, 401).await;
    }
    // A token of a parent that is for another API besides: the chain ends with the parent.
    let other = json!({"audience": "https://other.example.test", "name": "Other", "scopes": [{"scope": "things:read"}]});
    authority.owner.expect(201, "POST", "/v1/apis", Some(other)).await;
    let parent = json!({"kind": "pat", "name": "parent", "audience": [AUDIENCE, "https://other.example.test"], "scopes": ["orders:read"]});
    let parent = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(parent)).await);
    let child = json!({"name": "child", "audience": [AUDIENCE], "scopes": ["orders:read"]});
    let child = issued(&authority.owner.expect(201, "POST", &format!("/v1/tokens/{}/derive", parent.id), Some(child)).await);
    gate.comes_to(&child.text, 200).await;
    authority.revoke(&parent.id).await;
    gate.comes_to(&child.text, 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_a_client_are_known_with_what_they_hang_on_and_end_with_it() {
    let authority = Authority::start().await;
    let (owner, url) = (&authority.owner, authority.node.url());
    let metadata = json!({
        "client_name": "Reports", "grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_post", "scope": "orders:read",
    });
    let client = owner.expect(201, "POST", "/v1/clients", Some(json!({"metadata": metadata, "approve": true}))).await;
    let told = |name: &str| client[name].as_str().unwrap_or_else(|| panic!("no {name}: {client}")).to_owned();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &told("client_id"))
        .append_pair("client_secret", &told("client_secret"))
        .append_pair("resource", AUDIENCE)
        .finish();
    let fetch = async || {
        let request = reqwest::Client::new().post(format!("{url}/oauth/token")).header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(form.clone()).send().await.expect("an answer").text().await.expect("text");
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        let text = answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned();
        Issued { id: text["jtn_oat_".len()..][..12].to_owned(), text }
    };
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let before = fetch().await;
    let house = GateHouse::following(&url, &credential, "");
    let gate = house.launch().ready().await;
    let after = fetch().await;
    for token in [&before, &after] {
        gate.comes_to(&token.text, 200).await;
    }
    // What they hang on is told to whoever names one of them, and then only whether it lives.
    let token = owner.expect(200, "GET", &format!("/v1/tokens/{}", after.id), None).await;
    let above = token["parent"].as_str().unwrap_or_else(|| panic!("no parent: {token}"));
    let stranger = owner.issue("a stranger").await;
    let asks = [json!({"id": above}), json!({"id": above, "below": stranger.id}), json!({"id": above, "below": after.id})];
    let records = async |asked: &[serde_json::Value]| {
        let follower = Caller::new(&url, &credential.text);
        follower.expect(200, "POST", "/v1/gate/records", Some(json!({"tokens": asked}))).await["tokens"].clone()
    };
    assert_eq!(records(&asks[..2]).await, json!([]));
    let known = records(&asks).await;
    assert!(known.as_array().is_some_and(|all| all.len() == 1 && all[0]["id"] == above && all[0].get("d").is_none()), "{known}");
    owner.expect(200, "POST", &format!("/v1/clients/{}/suspend", told("client_id")), Some(json!({"reason": "under repair"}))).await;
    for token in [&before, &after] {
        gate.comes_to(&token.text, 401).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn use_is_reported_and_counts_once() {
    let authority = Authority::start().await;
    let token = authority.owner.issue("used").await;
    let house = GateHouse::following(&authority.node.url(), &authority.gate_token(&[AUDIENCE]).await, "");
    let gate = house.launch().ready().await;
    for _ in 0..7 {
        assert_eq!(gate.ask(&token.text).await.status, 200);
    }
    // Without the scope: the owner of the token is told why by the authority, which did not refuse it itself.
    let poor = json!({"kind": "key", "name": "poor", "audience": [AUDIENCE], "scopes": []});
    let poor = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(poor)).await);
    gate.comes_to(&poor.text, 403).await;
    // An authority that is away loses nothing of it.
    let dead = authority.kill();
    for _ in 0..5 {
        gate.ask(&token.text).await;
    }
    let authority = dead.start().await;
    gate.comes_to(&token.text, 200).await;
    gate.stop().await;
    until("the use is there", async || {
        let usage = authority.owner.expect(200, "GET", &format!("/v1/tokens/{}/usage", token.id), None).await;
        let counted = usage.to_string();
        let rows = usage["items"].as_array().unwrap_or_else(|| panic!("no `items` in {usage}"));
        let ok: u64 = rows.iter().filter(|row| row["outcome"] == "ok").filter_map(|row| row["count"].as_u64()).sum();
        assert!(ok <= 13, "more than there was: {counted}");
        (ok >= 8).then_some(())
    })
    .await;
    let refusals = authority.owner.expect(200, "GET", &format!("/v1/tokens/{}/refusals", poor.id), None).await;
    assert!(refusals.to_string().contains("insufficient_scope"), "{refusals}");
}
