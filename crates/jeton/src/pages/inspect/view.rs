//! What the inspector shows of what it found. Holds nothing of the token's text but what stands in a JWT's claims.

use crate::{
    explain::{Explanation, StepView},
    inspect::{Inspected, Shape, Worth},
    pages::{
        badge::{Badge, Tone},
        instant::Instant,
        routes, words,
    },
};
use jeton_core::{
    denial::Denial,
    jose::{
        inspect::Member,
        verify::{Check, Outcome},
    },
    limits,
    redact::client_text,
    timestamp::Timestamp,
};
use jeton_store::token::TokenDetail;

/// All of it.
pub(super) struct Found {
    pub(super) verdict: Verdict,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) parts: Vec<(&'static str, Vec<Claim>)>,
    pub(super) problems: Vec<String>,
    pub(super) signature: Vec<Rule>,
    pub(super) stored: Option<Stored>,
    pub(super) decision: Option<Decision>,
}

/// The answer first.
pub(super) struct Verdict {
    pub(super) badge: Badge,
    pub(super) says: String,
    pub(super) fix: String,
}

/// A member of a JWT.
pub(super) struct Claim {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) meaning: String,
}

/// A rule and whether it is kept.
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) badge: Badge,
    pub(super) why: String,
}

/// The token as it is stored.
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) address: Option<String>,
    pub(super) badge: Badge,
    pub(super) subject: String,
    pub(super) scopes: String,
    pub(super) audiences: String,
    pub(super) ends: Option<Instant>,
}

/// How the call would be decided.
pub(super) struct Decision {
    pub(super) call: String,
    pub(super) badge: Badge,
    pub(super) detail: String,
    pub(super) fix: String,
    pub(super) rules: Vec<Rule>,
}

const KEPT: Badge = Badge { words: "Kept", tone: Tone::Good };
const BROKEN: Badge = Badge { words: "Broken", tone: Tone::Bad };
const SKIPPED: Badge = Badge { words: "Not asked", tone: Tone::Quiet };

impl Found {
    pub(super) fn of(found: Inspected, now: Timestamp) -> Self {
        let verdict = Verdict::of(&found);
        let (facts, parts, problems) = shape(&found.shape);
        Self {
            verdict,
            facts,
            parts,
            problems,
            signature: found.signature.iter().flatten().map(checked).collect(),
            stored: found.stored.map(|detail| Stored::of(&detail, now)),
            decision: found.explanation.map(Decision::of),
        }
    }
}

impl Verdict {
    fn of(found: &Inspected) -> Self {
        let badge = |words, tone| Badge { words, tone };
        let (badge, says, fix) = match (&found.shape, &found.worth) {
            (Shape::Strange(fault), _) => (
                badge("No token", Tone::Bad),
                format!("This is neither a token of Jeton's nor a JWT: {fault}."),
                "Copy it again, from its first to its last character.".to_owned(),
            ),
            (_, Worth::Good) => (badge("Good", Tone::Good), "It is recognised and may be used.".to_owned(), String::new()),
            (_, Worth::Foreign) => (
                badge("Foreign", Tone::Quiet),
                "Another issuer's JWT: nobody here can tell whether it is genuine.".to_owned(),
                "Verify it with its issuer's keys: `jeton jwt verify --jwks URL`.".to_owned(),
            ),
            (Shape::Jwt { .. }, Worth::Refused(Denial::Unknown)) if found.stored.is_some() => (
                words::outcome("unknown"),
                "There is a token of this id, but this is not it: the text was changed, or nobody here signed it.".to_owned(),
                "Copy it again, from its first to its last character.".to_owned(),
            ),
            (_, Worth::Refused(denial)) => Self::refused(denial, found.stored.is_some()),
        };
        Self { badge, says, fix }
    }
    fn refused(denial: &Denial, is_known: bool) -> (Badge, String, String) {
        let told = denial.answer();
        let says = match denial {
            Denial::Unknown if is_known => {
                "There is a token of this id, but this is not its secret: it was mistyped, or replaced by a rotation.".to_owned()
            }
            denial if denial.holder_proved() => words::sentence(told.description),
            _ => "It is not recognised here.".to_owned(),
        };
        (words::outcome(told.code), says, words::sentence(told.fix))
    }
}

type ShapeShown = (Vec<(&'static str, String)>, Vec<(&'static str, Vec<Claim>)>, Vec<String>);

fn shape(shape: &Shape) -> ShapeShown {
    match shape {
        Shape::Opaque(parsed) => {
            let facts = vec![
                ("Kind", words::kind(parsed.kind).to_owned()),
                ("Written as", "Opaque text: nothing inside but an id, a secret and a checksum, which fits".to_owned()),
                ("Id", parsed.id.to_string()),
            ];
            (facts, Vec::new(), Vec::new())
        }
        Shape::Jwt { says, ours } => {
            let issuer = if *ours { "this server" } else { "somebody else, or nobody" };
            let facts = vec![
                ("Written as", "JWT: claims that anybody can read, and a signature".to_owned()),
                ("Says it is of", issuer.to_owned()),
                ("Signature", format!("{} bytes", says.signature_bytes)),
            ];
            let parts = vec![("Header", claims(&says.header)), ("Claims", claims(&says.claims))];
            (facts, parts, says.problems.iter().map(|problem| words::sentence(&problem.detail)).collect())
        }
        Shape::Strange(_) => (Vec::new(), Vec::new(), Vec::new()),
    }
}

fn claims(members: &[Member]) -> Vec<Claim> {
    let text = |text: &str| client_text(text, limits::KEPT_TEXT_MAX).into_owned();
    let claim = |member: &Member| Claim {
        name: text(&member.name),
        value: member.value.as_str().map_or_else(|| text(&member.value.to_string()), text),
        meaning: member.meaning.clone(),
    };
    members.iter().map(claim).collect()
}

fn checked(check: &Check) -> Rule {
    let badge = match check.outcome {
        Outcome::Passed => KEPT,
        Outcome::Failed => BROKEN,
        Outcome::Skipped => SKIPPED,
    };
    let why = if check.detail.is_empty() { check.rule.asks() } else { &check.detail };
    Rule { name: check.rule.as_str().replace('_', " "), badge, why: why.to_owned() }
}

impl Stored {
    fn of(detail: &TokenDetail, now: Timestamp) -> Self {
        let record = &detail.record;
        let list = |texts: Vec<String>| texts.join(", ");
        Self {
            name: detail.name.as_str().to_owned(),
            address: routes::is_page("/dashboard/tokens/{id}").then(|| format!("/dashboard/tokens/{}", record.id)),
            badge: words::token_state(record.state, record.expires_at.is_some_and(|end| end <= now)),
            subject: record.subject.as_str().to_owned(),
            scopes: record.policy.scopes.to_spaced(),
            audiences: list(record.policy.audiences.iter().map(|audience| audience.as_str().to_owned()).collect()),
            ends: record.expires_at.map(Instant::from),
        }
    }
}

impl Decision {
    fn of(explained: Explanation) -> Self {
        let call = match (&explained.method, &explained.path) {
            (Some(method), Some(path)) => format!("{method} {path}"),
            _ => "no call in particular".to_owned(),
        };
        let passed = Badge { words: "Would pass", tone: Tone::Good };
        Self {
            call,
            badge: if explained.active { passed } else { words::outcome(&explained.code) },
            detail: words::sentence(&explained.cause),
            fix: words::sentence(&explained.fix),
            rules: explained.steps.iter().map(|step| step_of(step, &explained)).collect(),
        }
    }
}

fn step_of(step: &StepView, explained: &Explanation) -> Rule {
    let whose = if step.token == explained.token { String::new() } else { format!(" of {}, which it hangs on", step.token) };
    let why = step.cause.as_deref().map_or_else(|| words::rule_asks(step.rule).to_owned(), words::sentence);
    Rule { name: format!("{}{whose}", step.rule.replace('_', " ")), badge: if step.passed { KEPT } else { BROKEN }, why }
}
