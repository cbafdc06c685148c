//! Every field of every request with a wrong type, too long, empty, out of range, unknown and duplicated: 400, naming the field.
//! What is tried follows from the description, so that a new field is tried without anybody thinking of it.

use crate::world::{Anonymous, ISSUER, ORDERS, World};
use serde_json::{Map, Value, json};

/// Fields that take any text: a presented token is judged, not refused as a message.
const ANY_TEXT: [&str; 1] = ["token"];

/// A body that is right, for each schema of a request.
fn right(schema: &str) -> Value {
    match schema {
        "IssueRequest" => json!({"kind": "pat", "name": "a", "audience": [ORDERS]}),
        "AddApiRequest" => json!({"audience": "https://new.example.com", "name": "a"}),
        "AddProjectRequest" | "EditProjectRequest" | "AddUserRequest" | "AddOrganisationRequest" => json!({"name": "fresh"}),
        "VerifyRequest" => json!({"token": "a", "method": "GET", "path": "/"}),
        "CallQuestion" => json!({"method": "GET", "path": "/"}),
        "RegisterClientRequest" => json!({"metadata": {"grant_types": ["client_credentials"]}}),
        "RejectClientRequest" => json!({"reason": "unknown"}),
        "RevocationRequest" => json!({"subject": "nobody", "dry_run": true}),
        "RevokeManyRequest" => json!({"filter": {"hint": "zzzz"}}),
        "RecordsRequest" => json!({"tokens": [{"id": "000000000000"}]}),
        "LeaveRequest" => json!({"process": "p1"}),
        "UsageReport" => json!({"part": "0123456789abcdef0123456789abcdef"}),
        "BatchRequest" => json!({"items": [{"token": "a"}]}),
        _ => json!({}),
    }
}

/// Values that a field of this schema must refuse.
fn hostile(name: &str, schema: &Value) -> Vec<Value> {
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let has = |kind: &str| types.contains(&kind);
    let mut bad = vec![];
    if has("string") {
        bad.extend([json!(5), json!(true), json!({}), json!([])]);
        let bounded = schema.get("maxLength").or(schema.get("pattern")).or(schema.get("format")).is_some() || name == "client_ip";
        if !ANY_TEXT.contains(&name) {
            // PostgreSQL keeps no such character: it must not come so far.
            bad.push(json!("a\u{0}b"));
            assert!(bounded, "`{name}` has no bound in the description");
            let longest = schema["maxLength"].as_u64().unwrap_or(5000);
            bad.push(json!("a".repeat(usize::try_from(longest).expect("length") + 1)));
            if schema["minLength"].as_u64().unwrap_or(0) > 0 || schema.get("pattern").is_some() {
                bad.push(json!(""));
            }
        }
    }
    if has("array") {
        bad.extend([json!(5), json!("x")]);
        // The questions of a batch are answered alone, a wrong one too.
        if name != "items" {
            bad.push(json!([5]));
        }
        let most = schema["maxItems"].as_u64().unwrap_or_else(|| panic!("`{name}` has no bound in the description"));
        bad.push(Value::Array((0..=most).map(|number| json!(format!("https://{number}.example"))).collect()));
        if schema["minItems"].as_u64().unwrap_or(0) > 0 {
            bad.push(json!([]));
        }
    }
    if has("integer") {
        bad.extend([json!("5"), json!(-1), json!(1.5), json!([]), json!(1e300)]);
        if let Some(least) = schema["minimum"].as_f64().filter(|least| *least > 0.0) {
            bad.push(json!(least as u64 - 1));
        }
        if let Some(most) = schema["maximum"].as_f64() {
            bad.push(json!(most as u64 + 1));
        }
    }
    if has("boolean") {
        bad.extend([json!("true"), json!(1)]);
    }
    if has("object") {
        bad.extend([json!(5), json!([5]), json!("x"), json!({"zzz": 1})]);
    }
    bad
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_every_request_names_itself() {
    let world = World::start().await;
    let api = world.declare_orders().await;
    let token = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": ["orders:read"], "expires_in": 3600})).await;
    let manager = world.issue(json!({"kind": "svc", "name": "b", "audience": [ISSUER]})).await;
    let guard = json!({"kind": "svc", "name": "c", "audience": [ISSUER, ORDERS], "scopes": ["gate:follow"]});
    let guard = world.issue(guard).await;
    let project = world.post(&world.owner, "/v1/projects", json!({"name": "p"})).await.expect(201);
    let user = world.post(&world.owner, "/v1/users", json!({"name": "u"})).await.expect(201);
    let client = world.post(&world.owner, "/v1/clients", right("RegisterClientRequest")).await.expect(201);
    let document = world.get(&Anonymous, "/v1/openapi.json").await.expect(200).body;
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("item") {
            let content = &operation["requestBody"]["content"]["application/json"]["schema"];
            let Some(reference) = content["$ref"].as_str().or(content["oneOf"][1]["$ref"].as_str()) else { continue };
            let schema = reference.rsplit('/').next().unwrap_or_default();
            let properties = document["components"]["schemas"][schema]["properties"].as_object().expect("properties");
            let id = match path.split('/').nth(2) {
                Some("apis") => api.str("/id"),
                Some("projects") => project.str("/id"),
                Some("users") => user.str("/id"),
                Some("clients") => client.str("/client_id"),
                _ => token.str("/id"),
            };
            let path = path.replace("{id}", id);
            let holders = [&manager, &guard].map(|own| crate::world::Bearer(own.str("/token").to_owned()));
            let by = match path.as_str() {
                path if path.starts_with("/v1/self") => &holders[0],
                path if path.starts_with("/v1/gate") => &holders[1],
                _ => &world.owner,
            };
            let send = async |body: String| {
                let request = world.request(by, &method.to_uppercase(), &path).header("content-type", "application/json");
                world.send(request.header("if-match", "\"1\"").body(body)).await
            };
            let fields: Map<String, Value> = right(schema).as_object().cloned().unwrap_or_default();
            for (name, about) in properties {
                for value in hostile(name, about) {
                    let mut body = fields.clone();
                    body.insert(name.clone(), value.clone());
                    let reply = send(Value::Object(body).to_string()).await;
                    let field = reply.str("/field").to_owned();
                    let named = field == *name || field.starts_with(&format!("{name}[")) || field.starts_with(&format!("{name}."));
                    let shown: String = value.to_string().chars().take(60).collect();
                    assert!(reply.status == 400 && named, "{method} {path} `{name}` = {shown}: {} {}", reply.status, reply.text);
                    tried += 1;
                }
                let rest: Vec<String> =
                    fields.iter().filter(|(own, _)| *own != name).map(|(own, value)| format!("{own:?}:{value}")).collect();
                let value = fields.get(name).cloned().unwrap_or_else(|| acceptable(about));
                let twice = [rest, vec![format!("{name:?}:{value}"), format!("{name:?}:{value}")]].concat().join(",");
                let reply = send(format!("{{{twice}}}")).await;
                assert!(
                    reply.status == 400 && reply.str("/field").starts_with(name.as_str()),
                    "{method} {path} `{name}` twice: {}",
                    reply.text
                );
            }
            let mut unknown = fields.clone();
            unknown.insert("zzz_unknown".into(), json!(1));
            let reply = send(Value::Object(unknown).to_string()).await;
            assert!(reply.status == 400 && reply.str("/field") == "zzz_unknown", "{method} {path}: {} {}", reply.status, reply.text);
        }
    }
    assert!(tried > 300, "{tried}");
}

/// Some value of the field's type.
fn acceptable(schema: &Value) -> Value {
    let kind = schema["type"].as_str().or(schema["type"][0].as_str()).unwrap_or("string");
    match kind {
        "array" => json!([]),
        "integer" => json!(1),
        "boolean" => json!(false),
        "object" => json!({}),
        _ => json!("a"),
    }
}
