//! What has to be done so that the authority has what a file names: compared first, done in order afterwards.

use super::manifest::Manifest;
use crate::{
    cli::{
        Failure,
        api::limits::{cost_words, limit_in_words, limit_lines},
        api::offer::sign_in_words,
        describe::{list, number, text},
        paging,
    },
    client::{Authority, Call},
};
use serde_json::{Map, Value, json};

/// One resource of the file, and what becomes of it.
#[derive(Debug)]
pub(crate) struct Step {
    noun: &'static str,
    collection: &'static str,
    name: String,
    wanted: Map<String, Value>,
    found: Option<Value>,
    differences: Vec<(&'static str, Option<String>, String)>,
}

/// Compares the file with what there is.
pub(crate) async fn make(authority: &Authority, manifest: &Manifest) -> Result<Vec<Step>, Failure> {
    let mut steps = Vec::new();
    if !manifest.projects.is_empty() {
        let there = paging::read_all(authority, "/v1/projects").await?;
        for project in &manifest.projects {
            steps.push(Step::new("project", "/v1/projects", "name", json!({ "name": project.name }), &there));
        }
    }
    if !manifest.apis.is_empty() {
        let there = paging::read_all(authority, "/v1/apis").await?;
        for api in &manifest.apis {
            let wanted = json!({ "audience": api.audience, "name": api.name, "scopes": api.scopes, "routes": api.routes,
                "token_format": api.token_format, "access_token_seconds": api.access_token_seconds,
                "max_staleness_ms": api.max_staleness_ms, "serve_stale_seconds": api.serve_stale_seconds,
                "access_token_seconds_by_grant": api.access_token_seconds_by_grant, "limits": api.limits });
            steps.push(Step::new("api", "/v1/apis", "audience", wanted, &there));
        }
    }
    if !manifest.users.is_empty() {
        let there = paging::read_all(authority, "/v1/users").await?;
        for user in &manifest.users {
            let mut wanted = json!({ "name": user.name, "role": user.role });
            if let (Some(email), Some(members)) = (&user.email, wanted.as_object_mut()) {
                members.insert("email".to_owned(), json!(email));
            }
            steps.push(Step::new("user", "/v1/users", "name", wanted, &there));
        }
    }
    Ok(steps)
}

/// The fields that are compared.
const FIELDS: [&str; 11] = [
    "name",
    "scopes",
    "routes",
    "token_format",
    "access_token_seconds",
    "access_token_seconds_by_grant",
    "limits",
    "max_staleness_ms",
    "serve_stale_seconds",
    "email",
    "role",
];

impl Step {
    fn new(noun: &'static str, collection: &'static str, key: &str, wanted: Value, there: &[Value]) -> Self {
        let wanted = match wanted {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let name = wanted.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let found = there.iter().find(|one| one.get(key).and_then(Value::as_str) == Some(&name)).cloned();
        let mut differences = Vec::new();
        for field in FIELDS {
            let Some(after) = wanted.get(field) else { continue };
            let after = in_words(field, after);
            let before = found.as_ref().map(|found| in_words(field, found.get(field).unwrap_or(&Value::Null)));
            if before.as_ref() != Some(&after) {
                differences.push((field, before, after));
            }
        }
        Self { noun, collection, name, wanted, found, differences }
    }
    /// `add`, `change` or `same`.
    pub(crate) fn verb(&self) -> &'static str {
        match &self.found {
            None => "add",
            Some(_) if self.differences.is_empty() => "same",
            Some(_) => "change",
        }
    }
    /// What kind of thing it is.
    pub(crate) const fn noun(&self) -> &'static str {
        self.noun
    }
    /// What it is known by.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
    /// Field, what it is and what it is to be.
    pub(crate) fn differences(&self) -> impl Iterator<Item = (&str, Option<&str>, &str)> {
        self.differences.iter().map(|(field, before, after)| (*field, before.as_deref(), after.as_str()))
    }
    /// The step for scripts.
    pub(crate) fn document(&self) -> Value {
        let differences: Vec<_> =
            self.differences().map(|(field, before, after)| json!({ "field": field, "before": before, "after": after })).collect();
        json!({ "action": self.verb(), "kind": self.noun, "name": self.name, "differences": differences })
    }
    /// Does it.
    pub(crate) async fn take(&self, authority: &Authority) -> Result<(), Failure> {
        match &self.found {
            None => {
                authority.call(Call::post(self.collection).body(Value::Object(self.wanted.clone()))).await?;
            }
            Some(found) if !self.differences.is_empty() => {
                let path = format!("{}/{}", self.collection, text(found, "/id"));
                let changed = self.differences.iter().filter_map(|(field, _, _)| self.wanted.get_key_value(*field));
                let request: Map<_, _> = changed.map(|(field, value)| (field.clone(), value.clone())).collect();
                let version = Some(number(found, "/version")).filter(|version| !version.is_empty()).map(|version| format!("\"{version}\""));
                authority.call(Call::patch(&path).body(Value::Object(request)).header("if-match", version)).await?;
            }
            Some(_) => {}
        }
        Ok(())
    }
}

/// A field in one spelling, so that two values that mean the same compare equal: order does not count.
fn in_words(field: &str, value: &Value) -> String {
    let mut lines: Vec<String> = match field {
        "scopes" => list(value, "").iter().map(scope_in_words).collect(),
        "routes" => list(value, "").iter().map(route_in_words).collect(),
        "access_token_seconds" | "max_staleness_ms" | "serve_stale_seconds" => {
            return value.as_u64().map_or_else(|| "as configured".to_owned(), |seconds| seconds.to_string());
        }
        "access_token_seconds_by_grant" => value.as_object().into_iter().flatten().map(|(grant, life)| format!("{grant}={life}")).collect(),
        "limits" => list(value, "").iter().map(limit_in_words).collect(),
        _ => return text(value, "").to_owned(),
    };
    lines.sort();
    lines.join(", ")
}

fn scope_in_words(scope: &Value) -> String {
    let words = text(scope, "/description");
    let words = if words.is_empty() { String::new() } else { format!("={words}") };
    let public = if scope.get("public").and_then(Value::as_bool) == Some(true) { " (public)" } else { "" };
    let sensitive = if scope.get("sensitive").and_then(Value::as_bool) == Some(true) { " (sensitive)" } else { "" };
    format!("{}{words}{public}{sensitive}", text(scope, "/scope"))
}

fn route_in_words(route: &Value) -> String {
    let mut scopes: Vec<_> = match route.get("scopes") {
        Some(Value::String(spaced)) => spaced.split(' ').collect(),
        _ => list(route, "/scopes").iter().filter_map(Value::as_str).collect(),
    };
    scopes.sort_unstable();
    let limits = limit_lines(route);
    let limits = if limits.is_empty() { limits } else { format!(" ({})", limits.replace('\n', ", ")) };
    format!("{}={}{}{limits}{}", text(route, "/route"), scopes.join("+"), sign_in_words(route), cost_words(route))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_no_difference_and_the_rest_is() {
        let wanted =
            json!({ "audience": "https://a.example", "name": "A", "scopes": [{ "scope": "a:r" }, { "scope": "a:w", "public": true }] });
        let there = json!({ "id": "api_1", "version": 3, "audience": "https://a.example", "name": "A",
            "scopes": [{ "scope": "a:w", "public": true, "description": "" }, { "scope": "a:r", "public": false }] });
        let step = |there: &Value| Step::new("api", "/v1/apis", "audience", wanted.clone(), std::slice::from_ref(there));
        assert_eq!(step(&there).verb(), "same");
        let mut renamed = there.clone();
        renamed["name"] = json!("B");
        assert_eq!(step(&renamed).verb(), "change");
        assert_eq!(step(&renamed).differences().collect::<Vec<_>>(), [("name", Some("B"), "A")]);
        let stepped = |age| json!({ "routes": [{ "route": "POST /a", "scopes": "", "max_age": age }] });
        assert_ne!(in_words("routes", &stepped(60)["routes"]), in_words("routes", &stepped(61)["routes"]));
        renamed["audience"] = json!("https://b.example");
        assert_eq!(step(&renamed).verb(), "add");
    }
}
