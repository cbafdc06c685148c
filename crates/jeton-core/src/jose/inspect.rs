//! Taking a JWT apart without keys: every member explained in words, every problem listed.
//!
//! For people with a token in hand. Reads more leniently than a verifier, so that it can show what is wrong, and therefore
//! decides nothing: whatever comes out of here has been verified by nobody.

use super::{Algorithm, base64url, claims, header, rule::Rule};
use crate::{
    limits,
    strict_json::{self, JsonFault},
    timestamp::Timestamp,
};
use base64::{Engine, alphabet, engine};
use serde::Serialize;
use serde_json::{Map, Value};

mod words;

/// What a JWT says, believed by nobody.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inspection {
    /// The header's members.
    pub header: Vec<Member>,
    /// The claims.
    pub claims: Vec<Member>,
    /// How long the signature is, in bytes.
    pub signature_bytes: usize,
    /// Everything that a careful verifier would refuse it for. Empty does not mean that it is genuine.
    pub problems: Vec<Problem>,
}

/// One member of the header or the claims.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// What it means.
    pub meaning: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The rule that it breaks.
    pub rule: Rule,
    /// What is wrong, in words.
    pub detail: String,
}

/// Takes a JWT apart.
pub fn inspect_at(text: &[u8], now: Timestamp) -> Inspection {
    let mut found = Inspection::default();
    if text.len() > limits::JWT_MAX {
        found.problem(Rule::Size, format!("the text has {} bytes, more than the {} that are looked at", text.len(), limits::JWT_MAX));
        return found;
    }
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b'.').collect();
    let [head, body, signature] = parts.as_slice() else {
        found.problem(Rule::Compact, not_three_parts(text, parts.len()));
        return found;
    };
    if let Some(members) = found.object(head, Rule::Header, "header") {
        found.look_at_header(&members, signature);
        found.header = explain(members, words::header);
    }
    if let Some(members) = found.object(body, Rule::Claims, "claims") {
        found.look_at_claims(&members, now);
        found.claims = explain(members, |name, value| words::claim(name, value, now));
    }
    found
}

fn not_three_parts(text: &[u8], parts: usize) -> String {
    if text.first() == Some(&b'{') {
        return "this is the JSON serialisation; only the compact one (three parts joined by dots) is used for tokens".into();
    }
    match parts {
        1 => "there is no dot in it: this is no JWT (an opaque token has nothing inside to look at)".into(),
        5 => "it has five parts: this is an encrypted token (JWE), which cannot be read without its key".into(),
        _ => format!("it has {parts} parts where a signed JWT has three"),
    }
}

fn explain(members: Map<String, Value>, meaning: impl Fn(&str, &Value) -> String) -> Vec<Member> {
    members.into_iter().map(|(name, value)| Member { meaning: meaning(&name, &value), name, value }).collect()
}

impl Inspection {
    fn problem(&mut self, rule: Rule, detail: impl Into<String>) {
        self.problems.push(Problem { rule, detail: detail.into() });
    }

    /// Decodes a part, strictly if that goes and leniently with a problem noted if not.
    fn bytes(&mut self, part: &[u8], what: &str) -> Option<Vec<u8>> {
        if let Some(bytes) = base64url::decode(part) {
            return Some(bytes);
        }
        let lenient = engine::GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(engine::DecodePaddingMode::Indifferent);
        let digits: Vec<u8> = part
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            })
            .collect();
        let bytes = engine::GeneralPurpose::new(&alphabet::URL_SAFE, lenient).decode(digits).ok();
        self.problem(
            Rule::Compact,
            match bytes {
                Some(_) => format!("the {what} is base64, but not in its one unpadded base64url spelling"),
                None => format!("the {what} is not base64url"),
            },
        );
        bytes
    }

    /// Reads a part as an object, strictly if that goes and leniently with a problem noted if not.
    fn object(&mut self, part: &[u8], rule: Rule, what: &str) -> Option<Map<String, Value>> {
        let bytes = self.bytes(part, what)?;
        if rule == Rule::Header && bytes.len() > limits::JWT_HEADER_MAX {
            self.problem(Rule::Size, format!("the header has {} bytes, more than {}", bytes.len(), limits::JWT_HEADER_MAX));
        }
        match strict_json::object(&bytes, limits::JWT_DEPTH_MAX) {
            Ok(members) => Some(members),
            Err(fault) => {
                let nested = rule == Rule::Claims && super::looks_like_jwt(&bytes);
                let (rule, detail) =
                    if nested { (Rule::Nested, "the claims are another JWT".to_owned()) } else { (rule, format!("the {what}: {fault}")) };
                self.problem(rule, detail);
                let lenient = matches!(fault, JsonFault::Duplicate | JsonFault::TooDeep);
                lenient.then(|| serde_json::from_slice(&bytes).ok()).flatten()
            }
        }
    }

    fn look_at_header(&mut self, members: &Map<String, Value>, signature: &[u8]) {
        for name in header::CRITICAL.into_iter().filter(|name| members.contains_key(*name)) {
            self.problem(Rule::Critical, format!("the header has `{name}`, which changes what the token means"));
        }
        for name in header::EMBEDDED.into_iter().filter(|name| members.contains_key(*name)) {
            self.problem(Rule::EmbeddedKey, format!("the header has `{name}`: a verifier that follows it trusts whoever wrote the token"));
        }
        if header::is_nested(members) {
            self.problem(Rule::Nested, "the header says that the content is another token, or encrypted");
        }
        let algorithm = match members.get("alg").and_then(Value::as_str) {
            Some(alg) if alg.eq_ignore_ascii_case("none") => Err("`alg` is `none`: it is not signed at all".to_owned()),
            Some(alg) if alg.starts_with("HS") => {
                Err("`alg` is symmetric: whoever can verify it can issue it, and nobody else can verify it".to_owned())
            }
            Some(alg) => Algorithm::parse(alg).ok_or_else(|| "`alg` is none of `ES256`, `EdDSA`, `RS256` and `PS256`".to_owned()),
            None => Err("there is no `alg`, or it is no text".to_owned()),
        };
        let bytes = self.bytes(signature, "signature").unwrap_or_default();
        self.signature_bytes = bytes.len();
        match algorithm {
            Err(detail) => self.problem(Rule::Algorithm, detail),
            Ok(algorithm) => {
                let fits = match algorithm {
                    Algorithm::Es256 | Algorithm::EdDsa => bytes.len() == 64,
                    Algorithm::Rs256 | Algorithm::Ps256 => (256..=1024).contains(&bytes.len()),
                };
                if !fits {
                    self.problem(Rule::Signature, format!("a signature of {} bytes cannot be one of {algorithm}", bytes.len()));
                }
            }
        }
        match members.get("kid") {
            Some(Value::String(kid)) if super::jwk::is_kid(kid) => {}
            Some(_) => self.problem(Rule::Key, "`kid` is no text of 1 to 256 visible characters"),
            None => self.problem(Rule::Key, "there is no `kid`: a verifier with several keys cannot tell which one to use"),
        }
        if members.get("typ").is_none_or(|typ| !typ.is_string()) {
            self.problem(Rule::Type, "there is no `typ`, or it is no text: another kind of JWT could pass for this one");
        }
    }

    fn look_at_claims(&mut self, members: &Map<String, Value>, now: Timestamp) {
        for (rule, name) in [(Rule::Issuer, "iss"), (Rule::AccessToken, "sub"), (Rule::AccessToken, "jti")] {
            if claims::text(members, name).is_err() {
                self.problem(rule, format!("there is no `{name}`, or it is no text"));
            }
        }
        if claims::audiences(members).is_err() {
            self.problem(Rule::Audience, "`aud` is absent, empty, or not a text or list of texts: any API would take the token");
        }
        let ahead = now.plus(limits::JWT_SKEW_MAX);
        match claims::instant(members, "exp") {
            Err(_) => self.problem(Rule::Expiry, "`exp` is absent or no instant between 1970 and 9999: the token would never end"),
            Ok(at) if now >= at => self.problem(Rule::Expiry, format!("it expired {}", words::when(at, now))),
            Ok(at) => {
                if claims::instant(members, "iat").is_ok_and(|issued| at <= issued) {
                    self.problem(Rule::Expiry, "`exp` is not later than `iat`");
                }
            }
        }
        for (rule, name) in [(Rule::NotBefore, "nbf"), (Rule::IssuedAt, "iat")] {
            match claims::optional_instant(members, name) {
                Err(_) => self.problem(rule, format!("`{name}` is no instant between 1970 and 9999")),
                Ok(Some(at)) if at > ahead => self.problem(rule, format!("`{name}` lies ahead: {}", words::when(at, now))),
                Ok(_) => {}
            }
        }
    }
}
