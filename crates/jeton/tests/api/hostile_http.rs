//! Requests that no client means well with: methods and paths that are not there, cursors and versions that were tampered with,
//! one key for two requests, two edits at once, bodies that are no JSON, messages that are no HTTP. Never a 500, never a hang.

use crate::{
    unauthorised::operations,
    world::{Anonymous, ORDERS, On, PATIENCE, Reply, World},
};
use jeton_core::limits;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Whether an answer is a refusal that says what is wrong.
fn says_why(reply: &Reply, of: &str) {
    assert!((400..500).contains(&reply.status), "{of}: {} {}", reply.status, reply.text);
    assert!(!reply.str("/code").is_empty() && !reply.str("/detail").is_empty(), "{of}: {}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_knows_its_methods() {
    let world = World::start().await;
    let operations = operations(&world).await;
    let mut paths: Vec<&str> = operations.iter().map(|operation| operation.path.as_str()).collect();
    paths.dedup();
    for path in paths {
        let known: Vec<&str> =
            operations.iter().filter(|operation| operation.path == path).map(|operation| operation.method.as_str()).collect();
        let concrete = path.replace("{id}", "000000000000");
        for method in ["OPTIONS", "PUT", "DELETE", "PATCH", "POST", "TRACE", "CONNECT", "PROPFIND", "GETT", "M-SEARCH"] {
            if known.contains(&method) || method == "CONNECT" {
                continue;
            }
            let reply = world.send(world.request(&Anonymous, method, &concrete)).await;
            assert_eq!((reply.status, reply.str("/code")), (405, "method_not_allowed"), "{method} {path}: {}", reply.text);
            let allowed: Vec<&str> = reply.header("allow").split(',').map(str::trim).collect();
            assert!(known.iter().all(|known| allowed.contains(known)), "{method} {path}: {allowed:?}");
        }
        let head = world.send(world.request(&Anonymous, "HEAD", &concrete)).await;
        assert_eq!(head.text, "", "HEAD {path} has a body");
        let expected = if path == "/oauth/jwks" {
            200
        } else if path.starts_with("/.well-known/oauth-protected-resource") {
            404
        } else if known.contains(&"GET") {
            401
        } else {
            405
        };
        assert_eq!(head.status, expected, "HEAD {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_in_one_way() {
    let world = World::start().await;
    let unknown = [
        "/v1",
        "/v1/",
        "/v2/tokens",
        "/v1/tokens/",
        "/v1/tokenss",
        "/v1/tokens/a/b/c",
        "/V1/TOKENS",
        "//v1/tokens",
        "/v1//tokens",
        "/.env",
        "/admin",
        "/v1/openapi.yaml",
        "/favicon.ico",
        "/.well-known/security.txt",
        "/v1/tokens%00",
        "/v1/tokens;a=b",
    ];
    for path in unknown {
        let reply = world.get(&world.owner, path).await;
        assert_eq!((reply.status, reply.str("/code")), (404, "not_found"), "{path}: {}", reply.text);
    }
    let long = format!("/v1/{}", "a".repeat(limits::TARGET_MAX));
    says_why(&world.get(&world.owner, &long).await, "a long path");
    for id in ["%2e%2e", "a%2fb", "%00", "ÿ", "0000000000000", "00000000000", "'; DROP TABLE tokens; --", "%ff%fe", "000000000000%20"] {
        for noun in ["tokens", "apis", "projects", "users", "clients", "decisions"] {
            says_why(&world.get(&world.owner, &format!("/v1/{noun}/{id}")).await, &format!("{noun}/{id}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_that_no_list_gave_are_refused_on_sqlite() {
    cursors_are_refused(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_that_no_list_gave_are_refused_on_postgresql() {
    cursors_are_refused(World::on(On::Postgres, |_| {}).await).await;
}

async fn cursors_are_refused(world: World) {
    world.declare_orders().await;
    for number in 0..3 {
        world.issue(json!({"kind": "svc", "name": format!("s{number}"), "audience": [ORDERS]})).await;
        world.post(&world.owner, "/v1/projects", json!({"name": format!("p{number}")})).await.expect(201);
        world.post(&world.owner, "/v1/users", json!({"name": format!("u{number}")})).await.expect(201);
    }
    for list in ["tokens", "projects", "users", "apis", "audit"] {
        let page = world.get(&world.owner, &format!("/v1/{list}?limit=1")).await.expect(200);
        let good = page.str("/next").to_owned();
        assert!(!good.is_empty(), "{list}: {}", page.text);
        let flipped: String = good.chars().rev().collect();
        let tampered = [
            String::new(),
            "x".into(),
            "'".into(),
            "-1".into(),
            format!("{good}x"),
            good[1..].to_owned(),
            flipped,
            "a".repeat(600),
            "9".repeat(40),
            "%00".into(),
            "ÿ".into(),
        ];
        for cursor in tampered {
            let reply = world.get(&world.owner, &format!("/v1/{list}?limit=1&cursor={cursor}")).await;
            // One that is well-formed is another place of the same list, and shows nothing that the list would not.
            let is_list = reply.status == 200 && reply.body["items"].is_array();
            assert!(
                is_list || (reply.status == 400 && reply.str("/field") == "cursor"),
                "{list} {cursor}: {} {}",
                reply.status,
                reply.text
            );
        }
        let other = if list == "tokens" { "audit" } else { "tokens" };
        let reply = world.get(&world.owner, &format!("/v1/{other}?limit=1&cursor={good}")).await;
        assert!(reply.status == 200 || reply.str("/field") == "cursor", "{list} in {other}: {} {}", reply.status, reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_issues_one_token_however_many_ask_at_once() {
    let world = World::start().await;
    world.declare_orders().await;
    let body = json!({"kind": "svc", "name": "worker", "audience": [ORDERS]});
    let ask = async |body: &Value| {
        world.send(world.request(&world.owner, "POST", "/v1/tokens").header("idempotency-key", "the-key").json(body)).await
    };
    let replies = futures_util::future::join_all((0..24).map(|_| ask(&body))).await;
    let mut tokens = Vec::new();
    for reply in replies {
        tokens.push(reply.expect(201).str("/token").to_owned());
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "one key gave several tokens");
    // Other bodies under the same key, at the same time as the first: refused, never mixed up.
    let fresh = async |body: &Value| {
        world.send(world.request(&world.owner, "POST", "/v1/tokens").header("idempotency-key", "another-key").json(body)).await
    };
    let bodies: Vec<Value> =
        (0..12).map(|number| json!({"kind": "svc", "name": format!("w{}", number % 3), "audience": [ORDERS]})).collect();
    let replies = futures_util::future::join_all(bodies.iter().map(fresh)).await;
    let won: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 201).collect();
    assert_eq!(won.len(), 4, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
    assert!(won.iter().all(|reply| reply.body == won[0].body));
    replies.iter().filter(|reply| reply.status != 201).for_each(|reply| reply.refused(422, "idempotency_key_reused"));
    for bad in ["", "a b", "ÿ", &"k".repeat(limits::IDEMPOTENCY_KEY_MAX + 1)] {
        let request = world.request(&world.owner, "POST", "/v1/tokens").header("idempotency-key", bad).json(&body);
        let reply = world.send(request).await;
        reply.refused(400, "bad_header");
        assert_eq!(reply.str("/field"), "Idempotency-Key");
    }
    // Another caller's key is another key.
    let other = world.manager(&["tokens:issue", "tokens:read"]).await;
    let theirs = world.send(world.request(&other, "POST", "/v1/tokens").header("idempotency-key", "the-key").json(&body)).await;
    assert_ne!(theirs.expect(201).str("/token"), tokens[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_edits_at_once_one_is_told_that_it_is_late() {
    let world = World::start().await;
    let api = world.declare_orders().await;
    let token = world.issue(json!({"kind": "svc", "name": "t", "audience": [ORDERS]})).await;
    let project = world.post(&world.owner, "/v1/projects", json!({"name": "p"})).await.expect(201);
    let user = world.post(&world.owner, "/v1/users", json!({"name": "u"})).await.expect(201);
    let things = [("apis", api.str("/id")), ("tokens", token.str("/id")), ("projects", project.str("/id")), ("users", user.str("/id"))];
    for (noun, id) in things {
        let path = format!("/v1/{noun}/{id}");
        let edit = async |name: String| {
            world.send(world.request(&world.owner, "PATCH", &path).header("if-match", "\"1\"").json(&json!({"name": name}))).await
        };
        let replies = futures_util::future::join_all((0..8).map(|number| edit(format!("{noun} {number}")))).await;
        let won: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(won.len(), 1, "{noun}: {:?}", replies.iter().map(|reply| reply.text.as_str()).collect::<Vec<_>>());
        for late in replies.iter().filter(|reply| reply.status != 200) {
            late.refused(412, "precondition_failed");
        }
        let shown = world.get(&world.owner, &path).await.expect(200);
        assert_eq!((shown.str("/name"), shown.header("etag")), (won[0].str("/name"), "\"2\""), "{noun}");
        for bad in ["1", "*", "W/\"2\"", "\"2\", \"3\"", "\"x\"", "\"-2\""] {
            let request = world.request(&world.owner, "PATCH", &path).header("if-match", bad).json(&json!({"name": "n"}));
            world.send(request).await.refused(400, "bad_header");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_bounded_in_size_depth_and_kind() {
    let world = World::start().await;
    for operation in operations(&world).await.iter().filter(|operation| matches!(operation.method.as_str(), "POST" | "PATCH")) {
        let prefix = operation.path.split('/').nth(2).and_then(|noun| {
            [("apis", "api_"), ("clients", "app_"), ("projects", "prj_"), ("users", "usr_")].into_iter().find(|(own, _)| *own == noun)
        });
        let path = operation.path.replace("{id}", &format!("{}000000000000", prefix.map_or("", |(_, prefix)| prefix)));
        if path == "/v1/self/revoke" {
            continue;
        }
        let send = async |kind: &str, body: String| {
            let request = world.request(&world.owner, &operation.method, &path).header("if-match", "\"1\"").header("content-type", kind);
            world.send(request.body(body)).await
        };
        let name = &operation.name;
        let most = match path.as_str() {
            "/v1/verify/batch" => limits::BATCH_BODY_MAX,
            "/v1/gate/usage" => limits::USE_REPORT_MAX,
            "/v1/gate/leases" => limits::LEASES_BODY_MAX,
            _ => limits::BODY_MAX,
        };
        let large = format!("{{\"comment\": \"{}\"}}", "a".repeat(most));
        assert_eq!(send("application/json", large).await.status, 413, "{name}");
        for kind in
            ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data; boundary=x", "application/json5"]
        {
            assert_eq!(send(kind, "{}".into()).await.status, 415, "{name} as {kind}");
        }
        let deep = format!("{{\"name\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
        for body in [
            deep,
            "{\"name\": \"a\", \"name\": \"b\"}".into(),
            "[]".into(),
            "null".into(),
            "{\"a\":".into(),
            "\u{feff}{}".into(),
            "{} x".into(),
        ] {
            let reply = send("application/json; charset=utf-8", body.clone()).await;
            assert_eq!((reply.status, reply.str("/code").starts_with("bad_")), (400, true), "{name} {:.40}: {}", body, reply.text);
            says_why(&reply, name);
        }
    }
}

/// What comes back on a connection for these bytes, until it ends.
async fn raw(world: &World, bytes: &[u8]) -> String {
    let mut io = TcpStream::connect(world.authority_address()).await.expect("connects");
    // The other side may have said its word and gone before everything is sent.
    let _ = io.write_all(bytes).await;
    let mut answer = Vec::new();
    let reading = async {
        let mut piece = [0; 4096];
        while let Ok(read) = io.read(&mut piece).await {
            if read == 0 {
                break;
            }
            answer.extend_from_slice(&piece[..read]);
        }
    };
    tokio::time::timeout(PATIENCE * 2, reading).await.expect("the connection ends");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_no_http_end_their_connection_alone() {
    let world = World::start().await;
    let host = "host: a\r\n";
    let many: String = (0..limits::HEADERS_MAX + 50).map(|number| format!("x-{number}: a\r\n")).collect();
    let huge = format!("x: {}\r\n", "a".repeat(limits::HEADER_BYTES_MAX * 2));
    let broken = [
        "nonsense\r\n\r\n".to_owned(),
        "GET /v1/self HTTP/9.9\r\n\r\n".to_owned(),
        format!("GET /v1/self HTTP/1.1\r\n{host}{many}connection: close\r\n\r\n"),
        format!("GET /v1/self HTTP/1.1\r\n{host}{huge}\r\n"),
        format!("POST /v1/tokens HTTP/1.1\r\n{host}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!"),
        format!("POST /v1/tokens HTTP/1.1\r\n{host}content-length: -1\r\n\r\n"),
        format!("POST /v1/tokens HTTP/1.1\r\n{host}transfer-encoding: chunked\r\n\r\nzz\r\n"),
        format!("GET /v1/self HTTP/1.1\r\n{host}bad header: a\r\n\r\n"),
        format!("GET /v1/self\u{0} HTTP/1.1\r\n{host}\r\n"),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}".to_owned() + "\r\n\r\n",
    ];
    for bytes in &broken {
        let answer = raw(&world, bytes.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or("none");
        assert!(answer.is_empty() || status.starts_with('4') || status == "505", "{:.60?}: {answer}", bytes);
        assert!(!answer.contains("HTTP/1.1 200"), "{answer}");
    }
    // Two requests in one: whatever the first one is told, the second is not run on its behalf.
    let smuggled = format!(
        "POST /v1/tokens HTTP/1.1\r\n{host}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/openapi.json HTTP/1.1\r\n{host}\r\n"
    );
    let answer = raw(&world, smuggled.as_bytes()).await;
    assert!(answer.matches("HTTP/1.1 ").count() <= 1 && !answer.contains("HTTP/1.1 200"), "{answer}");
    world.get(&world.owner, "/v1/self").await.expect(200);
}
