//! Limits that an API and its routes lay down, over HTTP: declared, told and enforced.

use crate::world::{Bearer, On, World};
use serde_json::json;

const REPORTS: &str = "https://reports.example.com";

#[tokio::test(flavor = "multi_thread")]
async fn a_subject_has_its_share_whatever_tokens_it_has() {
    let upstream = crate::upstream::start().await;
    let world = World::on(On::Sqlite, |config| {
        let route = json!({"path": "/reports/**", "audience": REPORTS, "upstream": format!("http://{upstream}")});
        config.gate.route = vec![serde_json::from_value(route).expect("a route")];
    })
    .await;
    let routes = json!([
        {"route": "GET /reports/**"},
        {"route": "POST /reports/*", "cost": 4, "limits": [{"per": "everybody", "requests": 100, "per_seconds": 3600, "burst": 8}]},
    ]);
    let limits = json!([{"per": "subject", "requests": 10, "per_seconds": 3600}]);
    let body = json!({"audience": REPORTS, "name": "Reports", "scopes": [], "routes": routes, "limits": limits});
    let added = world.post(&world.owner, "/v1/apis", body).await.expect(201);
    assert_eq!((&added.body["limits"], &added.body["routes"][1]["cost"]), (&limits, &json!(4)));
    let issue = async |subject: &str| {
        let body = json!({"kind": "svc", "name": "one", "subject": subject, "audience": [REPORTS], "scopes": []});
        Bearer(world.issue(body).await.str("/token").to_owned())
    };
    let (first, second, other) = (issue("robot-1").await, issue("robot-1").await, issue("robot-2").await);
    let call = async |who: &Bearer, method: &str| world.send(world.request(who, method, "/reports/7")).await;
    let passed = call(&first, "POST").await.expect(200);
    assert_eq!(passed.header("ratelimit-policy"), "\"api-subject-rate\";q=10;w=3600, \"route-everybody-rate\";q=100;w=3600");
    assert!(passed.header("ratelimit").starts_with("\"api-subject-rate\";r=6;"), "{}", passed.header("ratelimit"));
    call(&second, "POST").await.expect(200);
    let refused = call(&other, "POST").await;
    refused.refused(429, "rate_limited");
    assert!(!refused.header("retry-after").is_empty() && refused.header("ratelimit").contains("\"route-everybody-rate\";r=0;"));
    for _ in 0..2 {
        call(&first, "GET").await.expect(200);
    }
    call(&second, "GET").await.refused(429, "rate_limited");
    call(&other, "GET").await.expect(200);

    for bad in [
        json!({"limits": [{"per": "nobody", "requests": 1, "per_seconds": 1}]}),
        json!({"limits": [{"per": "token", "requests": 0, "per_seconds": 1}]}),
        json!({"limits": [{"per": "token", "requests": 1, "per_seconds": 1}, {"per": "token", "requests": 2, "per_seconds": 1}]}),
        json!({"routes": [{"route": "GET /a", "cost": 0}]}),
        json!({"routes": [{"route": "GET /a", "limits": [{"per": "token", "requests": 1}]}]}),
    ] {
        let path = format!("/v1/apis/{}", added.str("/id"));
        let mut body = bad.clone();
        body["version"] = json!(1);
        assert_eq!(world.send(world.request(&world.owner, "PATCH", &path).json(&body)).await.status, 400, "{bad}");
    }
}
