//! Reads the authority's documents and puts them into words. Members that are not there read as empty.

use super::output::{Output, Tone};
use serde_json::Value;

/// The text at a JSON pointer; empty where there is none.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The number at a JSON pointer as text; empty where there is none.
pub(crate) fn number(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_i64).map(|number| number.to_string()).unwrap_or_default()
}

/// The entries of the list at a JSON pointer.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The texts of the list at a JSON pointer, joined.
pub(crate) fn joined(value: &Value, pointer: &str, separator: &str) -> String {
    list(value, pointer).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(separator)
}

/// The text, or a dash.
pub(crate) fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// A token's status with its colour.
pub(crate) fn status(output: &Output, token: &Value) -> String {
    let status = match text(token, "/status") {
        "" => text(token, "/state"),
        status => status,
    };
    let tone = match status {
        "active" | "ok" => Tone::Good,
        "suspended" | "not_yet_valid" => Tone::Warning,
        _ => Tone::Bad,
    };
    output.tone(tone, status)
}

/// A token on one line of a list.
pub(crate) fn token_row(output: &Output, token: &Value) -> Vec<String> {
    let end = match token.get("expires_at") {
        Some(Value::String(_)) => output.relative(token.get("expires_at")),
        _ => "never".to_owned(),
    };
    let used = output.relative(token.pointer("/last_use/at"));
    let status = match text(token, "/status") {
        "" => text(token, "/state"),
        status => status,
    };
    vec![
        text(token, "/id").to_owned(),
        text(token, "/kind").to_owned(),
        text(token, "/name").to_owned(),
        status.to_owned(),
        output.few(&joined(token, "/scopes", " ")),
        end,
        used,
        or_dash(text(token, "/hint")),
    ]
}

/// The headings of [`token_row`].
pub(crate) const TOKEN_HEADER: [&str; 8] = ["id", "kind", "name", "status", "scopes", "expires", "last used", "ends in"];

/// A token in full.
pub(crate) fn token_pairs(output: &Output, token: &Value) -> Vec<(&'static str, String)> {
    let kind = match jeton_core::kind::TokenKind::parse(text(token, "/kind")) {
        Some(kind) => format!("{} ({kind}, {})", kind.label(), text(token, "/format")),
        None => text(token, "/kind").to_owned(),
    };
    let expires = match token.get("expires_at") {
        Some(Value::String(_)) => output.when(token.get("expires_at")),
        _ => "never".to_owned(),
    };
    vec![
        ("id", text(token, "/id").to_owned()),
        ("name", text(token, "/name").to_owned()),
        ("kind", kind),
        ("status", status(output, token)),
        ("may", text(token, "/sentence").to_owned()),
        ("reason", reason(token)),
        ("subject", text(token, "/subject").to_owned()),
        ("project", text(token, "/project").to_owned()),
        ("parent", text(token, "/parent").to_owned()),
        ("for", joined(token, "/audience", "\n")),
        ("scopes", or_none(joined(token, "/scopes", "\n"), "none")),
        ("networks", networks(token)),
        ("routes", or_none(joined(token, "/routes", "\n"), "every route that its scopes open")),
        ("limits", limits(token)),
        ("metadata", metadata(token)),
        ("not before", output.when(token.get("not_before"))),
        ("expires", expires),
        ("issued", output.when(token.get("issued_at"))),
        ("issued by", text(token, "/issued_by").to_owned()),
        ("last use", last_use(output, token)),
        ("old secret", previous(output, token)),
        ("secret ends in", text(token, "/hint").to_owned()),
        ("version", number(token, "/version")),
    ]
}

fn or_none(text: String, none: &str) -> String {
    if text.is_empty() { none.to_owned() } else { text }
}

fn reason(token: &Value) -> String {
    let (reason, comment) = (text(token, "/reason"), text(token, "/comment"));
    if comment.is_empty() { reason.to_owned() } else { format!("{reason} ({comment})") }
}

/// `10.0.0.0/8, not 10.1.0.0/16`.
pub(crate) fn networks(token: &Value) -> String {
    let (allow, except) = match token.get("networks") {
        Some(Value::Array(_)) => (joined(token, "/networks", "\n"), String::new()),
        _ => (joined(token, "/networks/allow", "\n"), joined(token, "/networks/except", "\nnot ")),
    };
    let allow = or_none(allow, "every address");
    if except.is_empty() { allow } else { format!("{allow}\nnot {except}") }
}

fn limits(token: &Value) -> String {
    let mut lines = Vec::new();
    for rate in list(token, "/limits/rates") {
        let burst = number(rate, "/burst");
        let burst = if burst.is_empty() { burst } else { format!(", {burst} at once") };
        lines.push(format!("{} requests in {} s{burst}", number(rate, "/requests"), number(rate, "/per_seconds")));
    }
    for quota in list(token, "/limits/quotas") {
        lines.push(format!("{} requests each {} s", number(quota, "/requests"), number(quota, "/refill_seconds")));
    }
    or_none(lines.join("\n"), "none")
}

fn metadata(token: &Value) -> String {
    let members = token.get("metadata").and_then(Value::as_object);
    let lines = members.into_iter().flatten().map(|(key, value)| format!("{key} = {}", value.as_str().unwrap_or_default()));
    lines.collect::<Vec<_>>().join("\n")
}

fn last_use(output: &Output, token: &Value) -> String {
    let Some(at) = token.pointer("/last_use/at").filter(|at| at.is_string()) else { return "never".to_owned() };
    let (ip, agent) = (text(token, "/last_use/client_ip"), text(token, "/last_use/user_agent"));
    let from = if ip.is_empty() { String::new() } else { format!(" from {ip}") };
    let with = if agent.is_empty() { String::new() } else { format!(" with {agent}") };
    format!("{}{from}{with}", output.when(Some(at)))
}

fn previous(output: &Output, token: &Value) -> String {
    let Some(previous) = token.get("previous_secret").filter(|previous| previous.is_object()) else { return String::new() };
    let until = output.when(previous.get("until"));
    let used = match previous.get("last_used_at").filter(|at| at.is_string()) {
        Some(at) => format!("last used {} from {}", output.when(Some(at)), or_dash(text(previous, "/last_used_ip"))),
        None => "not used since the rotation".to_owned(),
    };
    let silent = match previous.get("quiet_seconds").and_then(Value::as_u64) {
        Some(seconds) => format!(", or until nobody used it for {} h", seconds.div_ceil(3600)),
        None => String::new(),
    };
    format!("works until {until}{silent}; {used}")
}
