//! Inspecting a token that somebody has in hand: what it says, whether our key signed it, what it is worth here, and how a call of it
//! would be decided, rule by rule. The text is looked at and dropped: it is never logged, stored or counted.
//!
//! Tells nothing of a token of somebody else's beyond what its holder is told anyway.

use crate::{
    authority::Authority,
    caller::Caller,
    explain::{self, Explanation},
    problem::{Problem, ProblemCode},
    verify::CallQuestion,
};
use jeton_core::{
    demand::Call,
    denial::Denial,
    id::TokenId,
    jose::{
        inspect::{Inspection, inspect_at},
        verify::{Check, Expected, verify_at},
    },
    path::{NormalPath, PathRules},
    scope::Scope,
    token_text::{self, ParsedToken, ShapeFault},
};
use jeton_gate::{check::Question, credential::Credential};
use jeton_store::{StoreError, token::TokenDetail};

/// What there is to say of a token.
#[derive(Debug)]
pub struct Inspected {
    /// What its text says.
    pub shape: Shape,
    /// Whether a key of this server signed it, for a JWT that says so; rule by rule.
    pub signature: Option<Vec<Check>>,
    /// What it is worth here.
    pub worth: Worth,
    /// The stored token, where the caller may see it.
    pub stored: Option<Box<TokenDetail>>,
    /// How the call would be decided, where the caller may see the token.
    pub explanation: Option<Explanation>,
}

/// What a text is.
#[derive(Debug)]
pub enum Shape {
    /// An opaque token of Jeton's.
    Opaque(ParsedToken),
    /// A JWT, taken apart; `ours` where it names this server as its issuer.
    Jwt {
        /// What it says.
        says: Inspection,
        /// Whether this server is who it says that it is of.
        ours: bool,
    },
    /// Neither.
    Strange(ShapeFault),
}

/// What a token is worth at this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// It is good.
    Good,
    /// It is refused, whoever calls what.
    Refused(Denial),
    /// It is of another issuer: nobody here can tell.
    Foreign,
}

/// Looks at a token, and at a call of it.
pub async fn inspect(authority: &Authority, caller: &Caller, text: &str, asked: &CallQuestion<'_>) -> Result<Inspected, Problem> {
    asked.check()?;
    let now = authority.now();
    let (shape, id) = shape_of(authority, text);
    let signature = matches!(shape, Shape::Jwt { ours: true, .. }).then(|| {
        let expected = Expected { issuer: Some(&authority.config.issuer), ..Expected::default() };
        verify_at(text.as_bytes(), &authority.keys.public(), &expected, now).checks
    });
    let worth = match &shape {
        Shape::Jwt { ours: false, .. } => Worth::Foreign,
        _ => worth_of(authority, caller, text, asked).await?,
    };
    let stored = match id {
        Some(id) => visible(authority, caller, id).await?,
        None => None,
    };
    let explanation = match &stored {
        Some(detail) => Some(explain::explain(authority, caller.organisation(), detail.record.id, asked).await?),
        None => None,
    };
    Ok(Inspected { shape, signature, worth, stored: stored.map(Box::new), explanation })
}

/// What the text is, and which row it says it belongs to.
fn shape_of(authority: &Authority, text: &str) -> (Shape, Option<TokenId>) {
    if text.starts_with("ey") || text.contains('.') {
        let says = inspect_at(text.as_bytes(), authority.now());
        let claim = |name: &str| says.claims.iter().find(|member| member.name == name).and_then(|member| member.value.as_str());
        let ours = claim("iss") == Some(authority.config.issuer.as_str());
        let id = claim("jti").filter(|_| ours).and_then(|jti| TokenId::parse(jti).ok());
        return (Shape::Jwt { says, ours }, id);
    }
    match token_text::parse(text.as_bytes()) {
        Ok(parsed) => (Shape::Opaque(parsed), Some(parsed.id)),
        Err(fault) => (Shape::Strange(fault), None),
    }
}

/// Puts it to the gate, without spending or counting anything.
async fn worth_of(authority: &Authority, caller: &Caller, text: &str, asked: &CallQuestion<'_>) -> Result<Worth, Problem> {
    let path = asked.path.as_deref().map(|path| NormalPath::parse(path, PathRules::default()));
    let path = path.as_ref().and_then(|path| path.as_ref().ok());
    let question = Question {
        call: asked.method.as_deref().zip(path).map(|(method, path)| Call { method, path }),
        client_ip: asked.client_ip,
        within: Some(caller.organisation()),
        ..Question::new(Credential::from_text(text))
    };
    match authority.gate.introspect(&question).await {
        Ok(_) => Ok(Worth::Good),
        Err(Denial::Unavailable(_)) => Err(Problem::new(ProblemCode::Unavailable, "the token cannot be looked up at present")),
        Err(denial) => Ok(Worth::Refused(denial)),
    }
}

/// The stored token, where the caller may see it: with the scope for all, else only the own.
async fn visible(authority: &Authority, caller: &Caller, id: TokenId) -> Result<Option<TokenDetail>, Problem> {
    let may_all = Scope::parse("tokens:read").is_ok_and(|scope| caller.may(&scope));
    match authority.store.show_token(caller.organisation(), id).await {
        Ok(detail) if may_all || detail.record.subject.as_str() == caller.subject() => Ok(Some(detail)),
        Ok(_) | Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
