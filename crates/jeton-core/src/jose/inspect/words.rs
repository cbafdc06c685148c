//! What the members of headers and claims mean, in words for people. Describes; judges nothing.

use super::super::claims::numeric_date;
use crate::timestamp::{Span, Timestamp};
use serde_json::Value;

/// A member of the header.
pub(super) fn header(name: &str, value: &Value) -> String {
    match name {
        "alg" => match value.as_str() {
            Some("ES256") => "signed with ECDSA on P-256 and SHA-256".into(),
            Some("EdDSA" | "Ed25519") => "signed with Ed25519".into(),
            Some("RS256") => "signed with RSA (PKCS #1 v1.5) and SHA-256".into(),
            _ => "how it is signed".into(),
        },
        "kid" => "names the key that signed it".into(),
        "typ" => match value.as_str().map(str::to_ascii_lowercase).as_deref() {
            Some("at+jwt" | "application/at+jwt") => "an OAuth 2.0 access token (RFC 9068)".into(),
            Some("jwt") => "a JWT of no declared kind, as ID tokens are".into(),
            Some("dpop+jwt") => "a DPoP proof (RFC 9449), not a token".into(),
            Some("logout+jwt") => "a logout token, not an access token".into(),
            Some("secevent+jwt") => "a security event (RFC 8417), not a token".into(),
            _ => "what kind of JWT it is".into(),
        },
        "cty" => "what the content is; `JWT` for a token within the token".into(),
        "crit" => "members that a verifier must understand or refuse".into(),
        "b64" => "whether the content is encoded at all (RFC 7797)".into(),
        "zip" => "how the content is compressed".into(),
        "enc" => "how the content is encrypted".into(),
        "jwk" => "a key that the token brings along".into(),
        "jku" => "where the token wants its keys fetched from".into(),
        "x5u" => "where the token wants its certificate fetched from".into(),
        "x5c" => "a certificate that the token brings along".into(),
        "x5t" | "x5t#S256" => "the thumbprint of a certificate".into(),
        _ => UNKNOWN.into(),
    }
}

/// A claim.
pub(super) fn claim(name: &str, value: &Value, now: Timestamp) -> String {
    let meaning = match name {
        "iss" => "who issued it",
        "sub" => "whom it speaks for",
        "aud" => "which APIs it is for",
        "exp" => "from when on it is dead",
        "nbf" => "from when on it may be used",
        "iat" => "when it was issued",
        "jti" => "its own id",
        "client_id" => "the OAuth client that it was issued to",
        "azp" => "the client that it was issued to (OpenID Connect)",
        "scope" | "scp" => "what it may do",
        "auth_time" => "when the person signed in",
        "acr" => "how strongly the person was authenticated",
        "amr" => "with which methods the person was authenticated",
        "nonce" => "ties an ID token to the sign-in that asked for it",
        "at_hash" => "ties an ID token to its access token",
        "c_hash" => "ties an ID token to its authorization code",
        "sid" => "the session at the issuer",
        "cnf" => "the key or certificate that its holder must prove",
        "act" => "who acts for the subject",
        "may_act" => "who may act for the subject",
        "events" | "sub_id" | "toe" | "txn" => "part of a security event (RFC 8417)",
        "status" => "where its revocation can be looked up",
        "authorization_details" => "what it may do, in detail (RFC 9396)",
        "roles" | "groups" | "entitlements" => "what the subject is, to the issuer (RFC 9068, section 2.2.3.1)",
        "name" | "given_name" | "family_name" | "preferred_username" | "nickname" | "picture" | "profile" | "locale" | "zoneinfo" => {
            "about the person"
        }
        "email" => "an address of the person; never a name for the account",
        "email_verified" => "whether the issuer checked that address",
        _ => UNKNOWN,
    };
    match numeric_date(value).filter(|_| matches!(name, "exp" | "nbf" | "iat" | "auth_time" | "toe")) {
        Some(at) => format!("{meaning}: {}", when(at, now)),
        None => meaning.into(),
    }
}

const UNKNOWN: &str = "not a registered member that is known here";

/// An instant, and how far away it is.
pub(super) fn when(at: Timestamp, now: Timestamp) -> String {
    if at > now { format!("{at}, in {}", roughly(at.since(now))) } else { format!("{at}, {} ago", roughly(now.since(at))) }
}

/// A duration in its two largest units.
fn roughly(span: Span) -> String {
    let seconds = span.as_micros() / 1_000_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, minutes) => format!("{minutes}m {}s", seconds % 60),
        (0, hours, minutes) => format!("{hours}h {minutes}m"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}
