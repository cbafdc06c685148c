//! The options that say at what pace an API may be called, and how limits read.

use crate::cli::describe::{self, text};
use jeton_core::{api_limit::Per, route::Route};
use serde_json::{Value, json};

/// A limit as it is written: `subject=100/1m`, with `:20` behind it for a burst.
pub(super) fn limit(said: &str) -> Result<Value, String> {
    let wrong = "must be what is counted, a number and a window, such as `subject=100/1m`";
    let (per, pace) = said.split_once('=').ok_or(wrong)?;
    let per = Per::parse(per).ok_or_else(|| format!("`{per}` is none of {}", Per::ALL.map(Per::as_str).join(", ")))?;
    let (pace, burst) = pace.split_once(':').map_or((pace, None), |(pace, burst)| (pace, Some(burst)));
    let (requests, window) = pace.split_once('/').ok_or(wrong)?;
    let mut limit = json!({ "per": per, "requests": number(requests)?, "per_seconds": super::offer::seconds(window)? });
    if let (Some(burst), Some(members)) = (burst, limit.as_object_mut()) {
        members.insert("burst".to_owned(), json!(number(burst)?));
    }
    Ok(limit)
}

/// The same of a route: `POST /v1/reports everybody=5/1s`.
pub(super) fn route_limit(said: &str) -> Result<(String, Value), String> {
    let (route, said) = said.rsplit_once(' ').ok_or("must be a route and a limit, such as 'POST /v1/reports everybody=5/1s'")?;
    Ok((Route::parse(route).map_err(|fault| fault.to_string())?.to_string(), limit(said)?))
}

/// What a call of a route costs: `POST /v1/reports=10`.
pub(super) fn cost(said: &str) -> Result<(String, u64), String> {
    let (route, cost) = said.rsplit_once('=').ok_or("must be a route and a cost, such as 'POST /v1/reports=10'")?;
    Ok((Route::parse(route).map_err(|fault| fault.to_string())?.to_string(), number(cost)?))
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{}` is no number", text.escape_debug()))
}

/// A limit in words.
pub(crate) fn limit_in_words(limit: &Value) -> String {
    let number = |name: &str| limit.get(name).and_then(Value::as_u64);
    let burst = number("burst").map(|burst| format!(", {burst} at once")).unwrap_or_default();
    let lenient = if text(limit, "/on_unavailable") == "allow" { ", lenient" } else { "" };
    let (requests, seconds) = (number("requests").unwrap_or_default(), number("per_seconds").unwrap_or_default());
    format!("{requests} in {seconds} s per {}{burst}{lenient}", text(limit, "/per"))
}

/// The limits of an API or a route, one a line.
pub(crate) fn limit_lines(of: &Value) -> String {
    describe::list(of, "/limits").iter().map(limit_in_words).collect::<Vec<_>>().join("\n")
}

/// What a call of a route costs, in words; nothing where it costs what others cost.
pub(crate) fn cost_words(route: &Value) -> String {
    route.get("cost").and_then(Value::as_u64).map(|cost| format!(", costs {cost}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_told() {
        assert_eq!(limit("subject=100/1m"), Ok(json!({"per": "subject", "requests": 100, "per_seconds": 60})));
        assert_eq!(limit("client=5/1s:20"), Ok(json!({"per": "client", "requests": 5, "per_seconds": 1, "burst": 20})));
        assert_eq!(limit_in_words(&limit("client=5/1s:20").expect("read")), "5 in 1 s per client, 20 at once");
        let of_route = route_limit("POST /v1/reports everybody=5/1s").expect("read");
        assert_eq!((of_route.0.as_str(), of_route.1["per"].as_str()), ("POST /v1/reports", Some("everybody")));
        assert_eq!(cost("POST /v1/a=b=10"), Ok(("POST /v1/a=b".to_owned(), 10)));
        for bad in ["subject", "nobody=1/1s", "subject=1", "subject=x/1s", "subject=1/soon", "subject=1/1s:x"] {
            assert!(limit(bad).is_err(), "{bad}");
        }
        assert!(route_limit("everybody=5/1s").is_err() && cost("POST /v1/a=many").is_err());
    }
}
