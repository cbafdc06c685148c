//! The words that code puts on pages: states, roles, kinds, outcomes, what was done. One place for all of them; what stands in markup
//! stands in the templates. Decides nothing.

use super::badge::{Badge, Tone};
use crate::rules::Breaking;
use jeton_core::{
    api::ApiRoute,
    api_limit::{ApiLimit, OnUnavailable, Per},
    facts::TokenState,
    kind::TokenKind,
    name::Acr,
    timestamp::Span,
};
use jeton_store::{client::ClientState, user::Role};

/// What is said on a page that a form led to, by the word in the query (`?done=…`). Other words say nothing, so that nobody can be
/// sent an address that speaks in our name.
const DONE: [(&str, &str); 20] = [
    ("saved", "Saved."),
    ("added", "Added."),
    ("registered", "Registered. Somebody looks at it before it works."),
    ("removed", "Removed."),
    ("revoked", "Revoked. It is refused from now on."),
    ("cut", "Ended at once. All of it that was issued until now is refused from now on."),
    ("suspended", "Suspended. It is refused until somebody resumes it."),
    ("resumed", "Resumed. It works again."),
    ("approved", "Approved."),
    ("rejected", "Rejected."),
    ("ended", "Ended."),
    ("disconnected", "Disconnected. The app has no access to your account any more."),
    ("sent", "Sent."),
    ("secret", "A whole token is a secret and is never searched for. Look at it in the inspector; if others may have seen it, revoke it."),
    ("rotated", "Rotated."),
    ("password-changed", "Your password was changed."),
    ("turned-off", "Turned off."),
    ("mailed", "A link is on its way to your address: open it to show that you read it."),
    ("not-mailed", "No link was sent: there is no address, or enough was sent to it for now."),
    ("invited", "Invited. The link is on its way."),
];

/// What was done, by its word.
pub fn done(word: &str) -> Option<&'static str> {
    DONE.iter().find(|(own, _)| *own == word).map(|(_, words)| *words)
}

/// A number for people: `12,804`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A role in words.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Operator => "Operator",
        Role::Approver => "Approver",
        Role::Developer => "Developer",
        Role::Auditor => "Auditor",
    }
}

/// What a role is for.
pub const fn role_means(role: Role) -> &'static str {
    match role {
        Role::Owner => "May do everything, and is the only one to change owners.",
        Role::Operator => "Runs the APIs: tokens, apps, people, keys, policy.",
        Role::Approver => "Decides about apps that wait for approval.",
        Role::Developer => "Has own tokens and own apps.",
        Role::Auditor => "Sees everything and changes nothing.",
    }
}

/// Several roles as the end of a sentence: `an owner, an operator or an approver`.
pub fn one_of(roles: impl Iterator<Item = Role>) -> String {
    let named: Vec<&str> = roles
        .map(|role| match role {
            Role::Owner => "an owner",
            Role::Operator => "an operator",
            Role::Approver => "an approver",
            Role::Developer => "a developer",
            Role::Auditor => "an auditor",
        })
        .collect();
    match named.split_last() {
        None => "nobody".to_owned(),
        Some((one, [])) => (*one).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// What a token is for.
pub const fn kind(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Pat => "Personal access token",
        TokenKind::Key => "API key",
        TokenKind::Pub => "Publishable key",
        TokenKind::Svc => "Service token",
        TokenKind::Oat => "Access token",
        TokenKind::Ort => "Refresh token",
        TokenKind::Cls => "Client secret",
        TokenKind::Grt => "Grant",
    }
}

/// The state of a token; `expired` is for an active one whose end has come.
pub const fn token_state(state: TokenState, expired: bool) -> Badge {
    match state {
        TokenState::Active if expired => Badge { words: "Expired", tone: Tone::Quiet },
        TokenState::Active => Badge { words: "Active", tone: Tone::Good },
        TokenState::Suspended => Badge { words: "Suspended", tone: Tone::Warn },
        TokenState::Revoked => Badge { words: "Revoked", tone: Tone::Bad },
    }
}

/// The state of an app.
pub const fn client_state(state: ClientState) -> Badge {
    match state {
        ClientState::Pending => Badge { words: "Waiting for approval", tone: Tone::Warn },
        ClientState::Approved => Badge { words: "Approved", tone: Tone::Good },
        ClientState::Rejected => Badge { words: "Rejected", tone: Tone::Bad },
        ClientState::Suspended => Badge { words: "Suspended", tone: Tone::Warn },
    }
}

/// How a call came out, by its code: `ok`, or the code of a refusal.
pub fn outcome(code: &str) -> Badge {
    let (words, tone) = match code {
        "ok" => ("Passed", Tone::Good),
        "expired" => ("Expired", Tone::Bad),
        "not_yet_valid" => ("Not valid yet", Tone::Bad),
        "revoked" => ("Revoked", Tone::Bad),
        "suspended" => ("Suspended", Tone::Bad),
        "wrong_audience" => ("For another API", Tone::Bad),
        "address_not_allowed" => ("Address not allowed", Tone::Bad),
        "route_not_allowed" => ("Route not allowed", Tone::Bad),
        "insufficient_scope" => ("Scope missing", Tone::Bad),
        "insufficient_user_authentication" => ("Sign-in too old or too weak", Tone::Bad),
        "rate_limited" => ("Too fast", Tone::Warn),
        "quota_exhausted" => ("Quota used up", Tone::Warn),
        "binding_mismatch" => ("Bound to another key", Tone::Bad),
        "unknown" | "malformed" => ("Not recognised", Tone::Bad),
        "no_credential" => ("No token", Tone::Bad),
        "issuer_untrusted" => ("Foreign issuer", Tone::Bad),
        "unavailable" => ("Could not be decided", Tone::Warn),
        _ => ("Refused", Tone::Bad),
    };
    Badge { words, tone }
}

/// A limit of an API in words: `100 calls in 60 s for each subject, 20 at once`.
pub fn limit(limit: &ApiLimit) -> String {
    let whom = match limit.per {
        Per::Token => "each token",
        Per::Subject => "each subject",
        Per::Client => "each app",
        Per::Project => "each project",
        Per::Everybody => "everybody together",
    };
    let burst = limit.burst.map(|burst| format!(", {} at once", number(burst))).unwrap_or_default();
    let lenient = match limit.on_unavailable {
        OnUnavailable::Deny => "",
        OnUnavailable::Allow => "; let through where it cannot be counted",
    };
    format!("{} calls in {} s for {whom}{burst}{lenient}", number(limit.requests), number(limit.per_seconds.into()))
}

/// What a route demands of the sign-in behind a token; nothing where it demands nothing.
pub fn sign_in_demand(route: &ApiRoute) -> Option<String> {
    let classes: Vec<&str> = route.acr_values.iter().map(Acr::as_str).collect();
    let by = (!classes.is_empty()).then(|| format!("by {}", classes.join(" or ")));
    let age = route.max_age.map(|seconds| format!("at most {} s ago", number(seconds.into())));
    let parts: Vec<String> = by.into_iter().chain(age).collect();
    (!parts.is_empty()).then(|| format!("A sign-in {}", parts.join(", ")))
}

/// What a rule would touch, counted: `at least 2 tokens`.
pub fn touched(rule: &Breaking) -> String {
    let least = if rule.at_least { "at least " } else { "" };
    let (count, thing) = match (rule.tokens, rule.people, rule.apps) {
        (0, 0, apps) => (apps, "app that waits"),
        (0, people, _) => (people, "person"),
        (tokens, ..) => (tokens, "token"),
    };
    let thing = match (count, thing) {
        (1, one) => one,
        (_, "app that waits") => "apps that wait",
        (_, "person") => "people",
        (_, _) => "tokens",
    };
    format!("{least}{} {thing}", number(count))
}

/// Why tokens are revoked together: what stands in the audit log, and what people read.
pub const REASONS: [(&str, &str); 5] = [
    ("unused", "No longer used"),
    ("leaked", "Leaked, or may have"),
    ("owner_left", "Who held them has left"),
    ("replaced", "Replaced by others"),
    ("other", "Something else"),
];

/// Why, as people read it; a word of somebody's own stays as it is.
pub fn reason(word: Option<&str>) -> String {
    let known = REASONS.iter().find(|(own, _)| word == Some(own)).map(|(_, words)| (*words).to_owned());
    known.unwrap_or_else(|| word.unwrap_or_default().replace('_', " "))
}

/// A length of time as people say it: `90 days`, `12 hours`, `90 seconds`.
pub fn life(span: Span) -> String {
    let seconds = span.as_seconds_up().unsigned_abs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds > 0 && seconds.is_multiple_of(*size)).unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{} {unit}{}", number(count), if count == 1 { "" } else { "s" })
}

/// A text parted at its backticks: whether a part stood between two of them, and the part.
pub fn parts(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split('`').enumerate().map(|(at, part)| (at % 2 == 1, part)).filter(|(_, part)| !part.is_empty())
}

/// Small words of a message as a sentence; nothing where there are none.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    if first.is_empty() { first } else { format!("{first}{}.", letters.as_str().trim_end_matches('.')) }
}

/// What a rule of a decision asks for, as the end of a sentence about the token.
pub fn rule_asks(rule: &str) -> &'static str {
    match rule {
        "state" => "It is neither suspended nor revoked.",
        "secret" => "Its secret is the newest, or still within its overlap.",
        "time" => "It has begun and has not ended.",
        "kind" => "It is of a kind that opens APIs.",
        "binding" => "Its holder has the key or certificate that it is bound to.",
        "audience" => "It is for the API that is called.",
        "address" => "The caller's address is in one of its networks.",
        "route" => "It may be used for this method and path.",
        "scope" => "It holds every scope that the call demands.",
        "public" => "A publishable key asks only for what is public.",
        "sign_in" => "The person signed in as the route demands, where it does.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::{route::Route, scope::ScopeSet};

    #[test]
    fn lives_are_told_in_the_largest_unit_that_fits() {
        assert_eq!(
            [90 * 86_400, 86_400, 43_200, 90, 1].map(|seconds| life(Span::from_seconds(seconds))),
            ["90 days", "1 day", "12 hours", "90 seconds", "1 second"]
        );
    }

    #[test]
    fn each_rule_of_a_decision_has_words() {
        let rules = ["state", "secret", "time", "kind", "binding", "audience", "address", "route", "scope", "public", "sign_in"];
        assert_eq!(rules.map(|rule| rule_asks(rule).is_empty()), [false; 11]);
    }

    #[test]
    fn roles_end_a_sentence() {
        assert_eq!(one_of([Role::Owner].into_iter()), "an owner");
        assert_eq!(one_of([Role::Owner, Role::Operator, Role::Approver].into_iter()), "an owner, an operator or an approver");
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 999, 1000, 12_804, 1_000_000].map(number), ["0", "999", "1,000", "12,804", "1,000,000"]);
    }

    #[test]
    fn limits_and_demands_read_as_words() {
        let own = ApiLimit { per: Per::Subject, requests: 1000, per_seconds: 60, burst: Some(20), on_unavailable: OnUnavailable::Allow };
        assert_eq!(limit(&own), "1,000 calls in 60 s for each subject, 20 at once; let through where it cannot be counted");
        let plain = ApiRoute::new(Route::parse("GET /a").expect("a route"), ScopeSet::empty());
        assert_eq!(sign_in_demand(&plain), None);
        let acr_values = ["a", "b"].map(|class| Acr::parse(class).expect("a class")).to_vec();
        let strict = ApiRoute { acr_values, max_age: Some(3600), ..plain };
        assert_eq!(sign_in_demand(&strict).as_deref(), Some("A sign-in by a or b, at most 3,600 s ago"));
    }

    #[test]
    fn messages_become_sentences() {
        assert_eq!((sentence("wait a moment"), sentence("Done."), sentence("")), ("Wait a moment.".into(), "Done.".into(), String::new()));
    }

    #[test]
    fn only_our_own_words_are_said() {
        assert_eq!(done("saved"), Some("Saved."));
        assert_eq!(done("<b>Call this number</b>"), None);
    }
}
