//! Looks over the raw arguments before anything else does: a secret among them stops the program.
//!
//! Arguments stand in the shell's history and in the list of processes that everybody on the machine can read. Nothing of
//! the secret is repeated; a token's public id is, so that it can be revoked.

use super::failure::Failure;
use jeton_core::token_text;
use std::ffi::OsString;

/// Refuses arguments that hold a token, a JWT or a master key, whole or after a `=`.
pub(crate) fn refuse_secrets(arguments: &[OsString]) -> Result<(), Failure> {
    for argument in arguments.iter().skip(1).filter_map(|argument| argument.to_str()) {
        for part in argument.split(['=', ' ', ',', ':']) {
            if let Some(what) = secret_in(part) {
                let fix = "give it on stdin (`-`), in a file of mode 0600 or in the environment, and replace this one: it is in your shell's history";
                return Err(Failure::usage(format!("an argument holds {what}, and arguments can be read by others")).fix(fix));
            }
        }
    }
    Ok(())
}

/// What kind of secret `text` is, in words that hold nothing of it but a token's public id.
pub(crate) fn secret_in(text: &str) -> Option<String> {
    if let Ok(token) = token_text::parse(text.as_bytes()) {
        return Some(format!("the {} `{}`", token.kind.label(), token.id));
    }
    if looks_like_token(text) {
        return Some("what looks like a token".to_owned());
    }
    if text.starts_with("eyJ") && text.len() > 40 && text.matches('.').count() >= 2 {
        return Some("what looks like a JWT".to_owned());
    }
    (text.starts_with("jmk_") && text.len() > 20).then(|| "what looks like a master key".to_owned())
}

/// A mistyped or cut token is a secret still.
fn looks_like_token(text: &str) -> bool {
    let Some(at) = text.find("jtn_") else { return false };
    let rest = text.get(at + 4..).unwrap_or_default();
    rest.len() > 20 && rest.as_bytes().get(3) == Some(&b'_') && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::{id::TokenId, kind::TokenKind, token_text::PlainToken};

    fn refused(argument: &str) -> Option<String> {
        refuse_secrets(&["jeton".into(), "x".into(), argument.into()]).err().map(|failure| failure.what)
    }

    #[test]
    fn secrets_are_refused_and_not_repeated() {
        let id = TokenId::from_random([3; 16]);
        let plain = PlainToken::from_random(None, TokenKind::Pat, id, &[9; 32]);
        let whole = plain.expose();
        let forms =
            [whole.to_owned(), format!("--token={whole}"), format!("Bearer {whole}"), whole[..40].to_owned(), format!("acme_{whole}")];
        for form in forms {
            let message = refused(&form).expect("refused");
            assert!(!message.contains(&whole[25..40]), "{message}");
        }
        assert!(refused(whole).is_some_and(|message| message.contains(&id.to_string())));
        assert!(refused("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIiwiYXVkIjoiYiJ9.c2ln").is_some());
        assert!(refused("jmk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").is_some());
    }

    #[test]
    fn ordinary_arguments_pass() {
        for fine in
            ["-", "jtn_pat_", "--scope=orders:read", "https://api.example.com", "3Kx9sPq2LmZa", "GET /v1/orders/*", "eyJ", "jtn_pat_*"]
        {
            assert_eq!(refused(fine), None, "{fine}");
        }
    }
}
