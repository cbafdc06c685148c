//! `/dashboard/policy`: what the organisation lays down, what would break it, and laying it down.

use crate::{
    authority::{Authority, Shared},
    http::guard::{PolicyRead, PolicyWrite, TokensRead},
    pages::{
        error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
        words,
    },
    problem::Problem,
    rules::{self, Breaking},
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::{
    fault::Invalid,
    kind::TokenKind,
    oauth::parameters::Parameters,
    role::Role,
    scope::ScopeSet,
    token_rules::{AppRules, ApprovedAtOnce, KindRule, RoleRule, TokenRules},
};

#[derive(Template)]
#[template(path = "operate/policy.html")]
struct PolicyPage {
    frame: Frame,
    csrf: String,
    filled: Filled,
    kinds: Vec<KindFields>,
    roles: Vec<RoleFields>,
    breaking: Option<Vec<Breaking>>,
    changed: Option<Instant>,
    may_write: bool,
    may_list: bool,
}

/// A kind in words, with the names of its fields.
struct KindFields {
    words: &'static str,
    longest: String,
    must_end: String,
    networks: String,
}

/// A role in words, with the names of its fields.
struct RoleFields {
    words: &'static str,
    issues: String,
    registers: String,
    sensitive: String,
    refused: String,
    second_factor: String,
}

impl KindFields {
    fn of(kind: TokenKind) -> Self {
        let field = |name: &str| format!("{kind}.{name}");
        Self {
            words: words::kind(kind),
            longest: field("longest_days"),
            must_end: field("must_end"),
            networks: field("must_name_networks"),
        }
    }
}

impl RoleFields {
    fn of(role: Role) -> Self {
        let field = |name: &str| format!("{}.{name}", role.as_str());
        Self {
            words: words::role(role),
            issues: field("issues_tokens"),
            registers: field("registers_apps"),
            sensitive: field("sensitive_scopes"),
            refused: field("refused_scopes"),
            second_factor: field("second_factor"),
        }
    }
}

impl Page for PolicyPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const AT_ONCE: [(&str, &str); 3] =
    [("none", "None"), ("public", "Those that want only public scopes"), ("not_sensitive", "Those that want no sensitive scope")];
const DAY: u32 = 86_400;

/// `GET /dashboard/policy`.
pub(super) async fn show_policy(State(authority): State<Shared>, allowed: Allowed<PolicyRead>) -> Response {
    let visitor = allowed.visitor;
    match rules::show(&authority, &visitor.caller).await {
        Ok(stored) => {
            let mut page = page(&visitor, fill(&stored.rules, stored.version));
            page.changed = stored.changed_at.map(Instant::from);
            render(StatusCode::OK, &page, &[])
        }
        Err(problem) => error::problem(&visitor, &problem),
    }
}

/// `POST /dashboard/policy`: tries it, or with `go` lays it down.
pub(super) async fn set_policy(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.visitor::<PolicyWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    match take(&authority, &visitor, &form).await {
        Ok(response) => response,
        Err(problem) => {
            let filled = Filled::again(&form.fields);
            let known: Vec<&str> = form.fields.iter().map(|(name, _)| name).collect();
            render(problem.status(), &page(&visitor, filled.refused(&problem, &known)), &[])
        }
    }
}

async fn take(authority: &Authority, visitor: &Visitor, form: &Form) -> Result<Response, Problem> {
    let wanted = read(&form.fields)?;
    if form.field("go") == "yes" {
        let version =
            form.field("version").parse().map_err(|_| Problem::field("version", &Invalid::new("must be the version that was read")))?;
        rules::set(authority, &visitor.caller, version, wanted).await?;
        return Ok(see_other("/dashboard/policy?done=saved"));
    }
    let mut page = page(visitor, Filled::again(&form.fields));
    page.breaking = Some(rules::preview(authority, &visitor.caller, &wanted).await?);
    Ok(render(StatusCode::OK, &page, &[]))
}

fn page(visitor: &Visitor, filled: Filled) -> PolicyPage {
    PolicyPage {
        frame: visitor.frame("Policy", Place::Policy),
        csrf: visitor.csrf.clone(),
        filled,
        kinds: TokenRules::KINDS.into_iter().map(KindFields::of).collect(),
        roles: Role::ALL.into_iter().map(RoleFields::of).collect(),
        breaking: None,
        changed: None,
        may_write: visitor.may::<PolicyWrite>(),
        may_list: visitor.may::<TokensRead>(),
    }
}

/// Rules as the fields of the form.
fn fill(rules: &TokenRules, version: i64) -> Filled {
    let mut fields = vec![
        ("version".to_owned(), version.to_string()),
        ("approved_at_once".to_owned(), at_once_word(rules.apps.approved_at_once).to_owned()),
    ];
    let mut check = |name: String, is_set: bool| fields.extend(is_set.then(|| (name, "yes".to_owned())));
    check("approvers_approve".to_owned(), rules.apps.approvers_approve);
    for kind in TokenRules::KINDS {
        let rule = rules.kind(kind);
        check(format!("{kind}.must_end"), rule.must_end);
        check(format!("{kind}.must_name_networks"), rule.must_name_networks);
    }
    for role in Role::ALL {
        let (rule, word) = (rules.role(role), role.as_str());
        check(format!("{word}.issues_tokens"), rule.issues_tokens);
        check(format!("{word}.registers_apps"), rule.registers_apps);
        check(format!("{word}.sensitive_scopes"), rule.sensitive_scopes);
        check(format!("{word}.second_factor"), rule.second_factor);
    }
    let longest =
        TokenRules::KINDS.into_iter().filter_map(|kind| Some((format!("{kind}.longest_days"), rules.kind(kind).longest_seconds?)));
    fields.extend(longest.map(|(name, seconds)| (name, seconds.div_ceil(DAY).to_string())));
    fields.extend(
        Role::ALL.into_iter().map(|role| (format!("{}.refused_scopes", role.as_str()), rules.role(role).refused_scopes.to_spaced())),
    );
    Filled::with(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The rules that the fields of the form say.
fn read(fields: &Parameters) -> Result<TokenRules, Problem> {
    let is_set = |name: String| fields.find(&name) == Some("yes");
    let mut rules = TokenRules {
        apps: AppRules {
            approved_at_once: at_once(fields.find("approved_at_once").unwrap_or_default()),
            approvers_approve: is_set("approvers_approve".to_owned()),
        },
        ..TokenRules::default()
    };
    for kind in TokenRules::KINDS {
        let rule = KindRule {
            longest_seconds: days(fields, &format!("{kind}.longest_days"))?,
            must_end: is_set(format!("{kind}.must_end")),
            must_name_networks: is_set(format!("{kind}.must_name_networks")),
        };
        if rule != KindRule::default() {
            rules.kinds.insert(kind, rule);
        }
    }
    for role in Role::ALL {
        let word = role.as_str();
        let name = format!("{word}.refused_scopes");
        let listed: Vec<&str> = fields.find(&name).unwrap_or_default().split_whitespace().collect();
        let rule = RoleRule {
            issues_tokens: is_set(format!("{word}.issues_tokens")),
            registers_apps: is_set(format!("{word}.registers_apps")),
            sensitive_scopes: is_set(format!("{word}.sensitive_scopes")),
            second_factor: is_set(format!("{word}.second_factor")),
            refused_scopes: ScopeSet::parse_list(&listed).map_err(|rule| Problem::field(&name, &rule))?,
        };
        if rule != RoleRule::default_of(role) {
            rules.roles.insert(role, rule);
        }
    }
    Ok(rules)
}

/// A number of days in seconds; nothing where nothing was typed.
fn days(fields: &Parameters, name: &str) -> Result<Option<u32>, Problem> {
    let typed = fields.find(name).unwrap_or_default().trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let days = typed.parse::<u32>().ok().filter(|days| (1..=3650).contains(days));
    days.map(|days| Some(days * DAY)).ok_or_else(|| Problem::field(name, &Invalid::new("must be 1 to 3650 days, or empty")))
}

const fn at_once_word(rule: ApprovedAtOnce) -> &'static str {
    match rule {
        ApprovedAtOnce::None => "none",
        ApprovedAtOnce::Public => "public",
        ApprovedAtOnce::NotSensitive => "not_sensitive",
    }
}

fn at_once(word: &str) -> ApprovedAtOnce {
    match word {
        "public" => ApprovedAtOnce::Public,
        "not_sensitive" => ApprovedAtOnce::NotSensitive,
        _ => ApprovedAtOnce::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_is_filled_with_reads_back() {
        let text = r#"{"kinds": {"pat": {"longest_seconds": 864000, "must_name_networks": true}, "svc": {"must_end": true}},
            "roles": {"developer": {"registers_apps": false, "refused_scopes": ["a:*", "b"]}, "auditor": {"issues_tokens": false},
                "owner": {"sensitive_scopes": true, "second_factor": true}},
            "apps": {"approved_at_once": "public", "approvers_approve": false}}"#;
        for rules in [serde_json::from_str::<TokenRules>(text).expect("rules"), TokenRules::default()] {
            let filled = fill(&rules, 3);
            let names: Vec<String> = ["approved_at_once", "approvers_approve"]
                .into_iter()
                .map(str::to_owned)
                .chain(
                    TokenRules::KINDS
                        .iter()
                        .flat_map(|kind| ["longest_days", "must_end", "must_name_networks"].map(|name| format!("{kind}.{name}"))),
                )
                .chain(Role::ALL.iter().flat_map(|role| {
                    ["issues_tokens", "registers_apps", "sensitive_scopes", "refused_scopes", "second_factor"]
                        .map(|name| format!("{}.{name}", role.as_str()))
                }))
                .collect();
            let pairs = names.into_iter().map(|name| (name.clone(), filled.value(&name).to_owned())).filter(|(_, value)| !value.is_empty());
            assert_eq!(read(&Parameters::of_form(pairs).expect("fields")).expect("rules"), rules);
        }
        let bad = Parameters::of([("pat.longest_days".to_owned(), "0".to_owned())]).expect("fields");
        assert_eq!(read(&bad).expect_err("no days").field_name(), Some("pat.longest_days"));
    }
}
