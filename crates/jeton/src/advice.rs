//! What to do about a refusal, as its owner is told: the words of the one table of refusals, with the scopes that are missing named.
//!
//! Never says anything to somebody who may not know of the refusal: whoever asks has found it for a caller before.

use jeton_core::{
    denial::{Denial, JwtFault, ProofFault, Unavailable},
    scope::{Scope, ScopeSet},
    timestamp::{Span, Timestamp},
    token_text::ShapeFault,
};
use jeton_store::usage::RefusalRow;

/// What to do about a refusal that was kept. `held` are the scopes of its token, where that is known.
pub fn after(row: &RefusalRow, held: Option<&ScopeSet>) -> String {
    let demanded: Vec<Scope> = row.scopes.split_whitespace().filter_map(|scope| Scope::parse(scope).ok()).collect();
    let is_of_scopes = row.code == Denial::InsufficientScope.answer().code && row.cause == Denial::InsufficientScope.cause();
    told(is_of_scopes, &demanded, held).unwrap_or_else(|| of_cause(&row.code, &row.cause).to_owned())
}

/// What to do before a call that would be refused.
pub fn before(denial: Denial, demanded: &[Scope], held: Option<&ScopeSet>) -> String {
    told(denial == Denial::InsufficientScope, demanded, held).unwrap_or_else(|| denial.answer().fix.to_owned())
}

/// What to do about refusals of a code, whatever they were about.
pub fn in_general(code: &str) -> &'static str {
    if code == Denial::InsufficientScope.answer().code {
        return "issue a token that may what the refusal names, or add the scope to the one that was refused";
    }
    of_cause(code, "")
}

/// Names the scopes that are missing; all that were demanded where the token has them by now.
fn told(is_of_scopes: bool, demanded: &[Scope], held: Option<&ScopeSet>) -> Option<String> {
    let missing = |scope: &&Scope| held.is_none_or(|held| !held.covers(scope));
    let mut named: Vec<&Scope> = demanded.iter().filter(missing).collect();
    if named.is_empty() {
        named = demanded.iter().collect();
    }
    let mut texts: Vec<String> = named.into_iter().map(|scope| format!("`{scope}`")).collect();
    let last = texts.pop().filter(|_| is_of_scopes)?;
    Some(match texts.as_slice() {
        [] => format!("issue a token that may {last}, or add it to this one"),
        others => format!("issue a token that may {} and {last}, or add them to this one", others.join(", ")),
    })
}

/// What the table says for this code and cause; nothing where there is no such code any more.
fn of_cause(code: &str, cause: &str) -> &'static str {
    let at = Timestamp::default();
    let retry_after = Span::default();
    let proofs = [
        ProofFault::Missing,
        ProofFault::Several,
        ProofFault::Malformed,
        ProofFault::WrongMethod,
        ProofFault::WrongTarget,
        ProofFault::WrongToken,
        ProofFault::NotFresh,
        ProofFault::Replayed,
    ];
    let every = [
        Denial::NoCredential,
        Denial::AmbiguousCredential,
        Denial::Malformed(ShapeFault::BadBody),
        Denial::Malformed(ShapeFault::BadChecksum),
        Denial::BadJwt(JwtFault::NotCompact),
        Denial::Unknown,
        Denial::Expired { at },
        Denial::NotYetValid { at },
        Denial::Revoked,
        Denial::RotatedOut,
        Denial::ParentDead,
        Denial::Suspended,
        Denial::WrongAudience,
        Denial::WrongKind,
        Denial::AddressNotAllowed,
        Denial::RouteNotAllowed,
        Denial::NoSuchRoute,
        Denial::UndeclaredRoute,
        Denial::AmbiguousPath,
        Denial::InsufficientScope,
        Denial::NotPublic,
        Denial::InsufficientUserAuthentication,
        Denial::RateLimited { retry_after },
        Denial::QuotaExhausted { retry_after },
        Denial::BindingMismatch,
        Denial::UseDpopNonce,
        Denial::IssuerUntrusted,
        Denial::Unavailable(Unavailable::Store),
    ];
    // Several denials share a code; where the cause tells them apart, so does what to do.
    let proofs = proofs.map(Denial::BadProof);
    let of_code = || every.iter().chain(&proofs).filter(|denial| denial.answer().code == code);
    of_code().find(|denial| denial.cause() == cause).or_else(|| of_code().next()).map_or("", |denial| denial.answer().fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::id::DecisionId;

    fn refusal(denial: Denial, scopes: &str) -> RefusalRow {
        RefusalRow {
            decision: DecisionId::from_random([7; 16]),
            at: Timestamp::from_seconds(0),
            token: None,
            code: denial.answer().code.to_owned(),
            cause: denial.cause(),
            method: None,
            path: None,
            audience: None,
            scopes: scopes.to_owned(),
            client_ip: None,
            user_agent: None,
        }
    }

    #[test]
    fn missing_scopes_are_named() {
        let held = ScopeSet::parse_list(&["orders:read"]).expect("scopes");
        let missing = refusal(Denial::InsufficientScope, "orders:read orders:write");
        assert_eq!(after(&missing, Some(&held)), "issue a token that may `orders:write`, or add it to this one");
        assert_eq!(after(&missing, None), "issue a token that may `orders:read` and `orders:write`, or add them to this one");
        let granted_since = ScopeSet::parse_list(&["orders:*"]).expect("scopes");
        assert_eq!(after(&missing, Some(&granted_since)), after(&missing, None));
        assert_eq!(after(&refusal(Denial::InsufficientScope, ""), Some(&held)), Denial::InsufficientScope.answer().fix);
        let demanded = [Scope::parse("orders:write").expect("a scope")];
        assert_eq!(
            before(Denial::InsufficientScope, &demanded, Some(&held)),
            "issue a token that may `orders:write`, or add it to this one"
        );
    }

    #[test]
    fn other_refusals_keep_their_words() {
        for denial in [Denial::NotPublic, Denial::Suspended, Denial::AddressNotAllowed] {
            assert_eq!(after(&refusal(denial, "orders:write"), None), denial.answer().fix);
            assert_eq!(before(denial, &[], None), denial.answer().fix);
        }
        assert!(!in_general("insufficient_scope").contains('`'));
        assert_eq!((in_general("suspended"), in_general("gone")), (Denial::Suspended.answer().fix, ""));
    }
}
