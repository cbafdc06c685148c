//! `/v1/changes`: asked, waited for and streamed; resumed where it broke off; asked for places that do not exist; read by many
//! that do not read.

use crate::world::{PATIENCE, World};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn one_more(world: &World, name: &str) -> u64 {
    let added =
        world.post(&world.owner, "/v1/apis", json!({"audience": format!("https://{name}.example"), "name": name})).await.expect(201);
    added.header("jeton-revision").parse().expect("a revision")
}

/// An event of a stream: kind, id, data.
type Event = (String, Option<u64>, serde_json::Value);

/// Reads events until one fulfils the wish; gives all of them.
async fn events(response: &mut reqwest::Response, held: &mut String, last: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut all = Vec::new();
    loop {
        while let Some((event, rest)) = held.split_once("\n\n").map(|(event, rest)| (event.to_owned(), rest.to_owned())) {
            *held = rest;
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).map(str::to_owned);
            let data = serde_json::from_str(&field("data").expect("data")).expect("JSON");
            all.push((field("event").expect("a kind"), field("id").map(|id| id.parse().expect("a number")), data));
            if all.last().is_some_and(&last) {
                return all;
            }
        }
        let piece = tokio::time::timeout(PATIENCE, response.chunk()).await.expect("in time").expect("read").expect("the stream goes on");
        held.push_str(&String::from_utf8_lossy(&piece));
    }
}

fn stream(world: &World, query: &str) -> reqwest::RequestBuilder {
    world.request(&world.owner, "GET", &format!("/v1/changes{query}")).header("accept", "text/event-stream")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_answers_with_the_change() {
    let world = World::start().await;
    let head = one_more(&world, "a").await;
    let all = world.get(&world.owner, "/v1/changes").await.expect(200);
    assert_eq!((all.body["head"].as_u64(), all.body["truncated"].as_bool()), (Some(head), Some(false)));
    let revisions: Vec<_> = all.body["changes"].as_array().expect("changes").iter().map(|change| change["revision"].as_u64()).collect();
    assert_eq!(revisions, (1..=head).map(Some).collect::<Vec<_>>(), "without gaps");
    let begun = Instant::now();
    let (waited, revision) =
        tokio::join!(async { world.get(&world.owner, &format!("/v1/changes?after={head}&wait=15")).await.expect(200) }, async {
            one_more(&world, "b").await
        });
    assert_eq!(waited.body["changes"][0]["revision"].as_u64(), Some(revision));
    assert!(begun.elapsed() < Duration::from_secs(10), "it waited {:?}", begun.elapsed());
    // Nothing comes: the answer is empty, after the wait.
    let empty = world.get(&world.owner, &format!("/v1/changes?after={revision}&wait=1")).await.expect(200);
    assert_eq!((empty.body["changes"].as_array().map(Vec::len), empty.body["head"].as_u64()), (Some(0), Some(revision)));
    let page = world.get(&world.owner, "/v1/changes?after=0&limit=1").await.expect(200);
    assert_eq!(page.body["changes"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_beats_and_is_resumed_where_it_broke_off() {
    let world = World::start().await;
    let head = one_more(&world, "a").await;
    let mut response = stream(&world, &format!("?after={head}")).send().await.expect("a stream");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut held = String::new();
    let beats = events(&mut response, &mut held, |(kind, ..)| kind == "heartbeat").await;
    assert_eq!(beats, [("heartbeat".to_owned(), None, json!({"head": head}))]);
    let next = one_more(&world, "b").await;
    let come = events(&mut response, &mut held, |(kind, ..)| kind == "change").await;
    assert_eq!(come.last().and_then(|(_, id, _)| *id), Some(next));
    drop(response);
    let (third, fourth) = (one_more(&world, "c").await, one_more(&world, "d").await);
    // A browser's client asks the address that it began at, and says what it had.
    let mut again = stream(&world, &format!("?after={head}")).header("last-event-id", next.to_string()).send().await.expect("a stream");
    let missed = events(&mut again, &mut String::new(), |(_, id, _)| *id == Some(fourth)).await;
    assert_eq!(missed.iter().filter_map(|(_, id, _)| *id).collect::<Vec<_>>(), [third, fourth]);
    for bad in ["x", "-1", "", "1 2", "99999999999999999999999"] {
        let reply = world.send(stream(&world, "").header("last-event-id", bad)).await;
        reply.refused(400, "bad_header");
        assert_eq!(reply.str("/field"), "Last-Event-ID", "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_not_there_yet_means_everything_may_have_changed() {
    let world = World::start().await;
    let head = one_more(&world, "a").await;
    let ahead = world.get(&world.owner, &format!("/v1/changes?after={}&wait=30", head + 1000)).await.expect(200);
    assert_eq!((ahead.body["truncated"].as_bool(), ahead.body["head"].as_u64()), (Some(true), Some(head)));
    let mut response = stream(&world, &format!("?after={}", head + 1000)).send().await.expect("a stream");
    let mut held = String::new();
    let first = events(&mut response, &mut held, |_| true).await;
    assert_eq!(first, [("truncated".to_owned(), Some(head), json!({"head": head}))]);
    let next = one_more(&world, "b").await;
    let come = events(&mut response, &mut held, |(kind, ..)| kind == "change").await;
    assert_eq!(come.last().and_then(|(_, id, _)| *id), Some(next));
    // A follower that claims to be ahead has acknowledged nothing.
    let victim = world.issue(json!({"kind": "svc", "name": "v", "audience": ["https://a.example"]})).await;
    let follower = world.manager(&["changes:read"]).await;
    world.get(&follower, "/v1/changes?after=1000000").await.expect(200);
    let revoked = world.post(&world.owner, &format!("/v1/tokens/{}/revoke", victim.str("/id")), json!({"wait": true})).await.expect(200);
    assert!(!revoked.text.contains("1000000"), "{}", revoked.text);
    for bad in
        ["after=-1", "after=x", "after=9223372036854775808", "wait=61", "wait=-1", "limit=0", "limit=1001", "nonsense=1", "after=1&after=2"]
    {
        let reply = world.get(&world.owner, &format!("/v1/changes?{bad}")).await;
        reply.refused(400, "bad_query");
        assert_eq!(reply.str("/field"), bad.split('=').next().unwrap_or_default(), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_token_and_readers_that_do_not_read_hold_nobody_up() {
    let world = World::start().await;
    let issued =
        world.issue(json!({"kind": "svc", "name": "follower", "audience": [crate::world::ISSUER], "scopes": ["changes:read"]})).await;
    let follower = crate::world::Bearer(issued.str("/token").to_owned());
    let request = world.request(&follower, "GET", "/v1/changes").header("accept", "text/event-stream");
    let mut response = request.send().await.expect("a stream");
    // Two hundred that open a stream and never read a byte of it.
    let address = world.authority_address();
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut io = tokio::net::TcpStream::connect(address).await.expect("connects");
        let head = format!(
            "GET /v1/changes HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\nauthorization: Bearer {}\r\n\r\n",
            world.owner.0
        );
        io.write_all(head.as_bytes()).await.expect("writes");
        slow.push(io);
    }
    let begun = Instant::now();
    for number in 0..20 {
        one_more(&world, &format!("n{number}")).await;
    }
    assert!(begun.elapsed() < PATIENCE, "changes took {:?} beside slow readers", begun.elapsed());
    let last = one_more(&world, "last").await;
    let mut held = String::new();
    events(&mut response, &mut held, |(_, id, _)| *id == Some(last)).await;
    // One of the slow ones reads at last: everything is there.
    let mut io = slow.pop().expect("one of them");
    let mut text = String::new();
    let reading = async {
        let mut bytes = [0; 4096];
        while !text.contains(&format!("id: {last}\n")) {
            let read = io.read(&mut bytes).await.expect("reads");
            assert!(read > 0, "the stream ended: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("in time");
    world.post(&world.owner, &format!("/v1/tokens/{}/revoke", issued.str("/id")), json!({})).await.expect(200);
    let ending = async { while response.chunk().await.is_ok_and(|piece| piece.is_some()) {} };
    tokio::time::timeout(PATIENCE, ending).await.expect("the stream ends with its token");
}
