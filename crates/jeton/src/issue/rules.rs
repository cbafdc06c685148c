//! Whether a caller may issue what he asks for, and what it comes to. Asking for more is refused, never silently cut.

use super::{Plan, request::IssueRequest};
use crate::{
    authority::Authority,
    caller::Caller,
    problem::{Problem, ProblemCode},
};
use jeton_core::{
    api::Api,
    fault::Invalid,
    id::{ProjectId, UserId},
    kind::{TokenFormat, TokenKind},
    limits,
    name::{Audience, Name, Subject},
    policy::Policy,
    timestamp::{Span, Timestamp},
};
use std::sync::Arc;

/// The plan for what is asked, if this caller may have it.
pub async fn plan(authority: &Authority, caller: &Caller, asked: IssueRequest, now: Timestamp) -> Result<Plan, Problem> {
    if !asked.kind.issued_directly() {
        return Err(Problem::field("kind", &Invalid::new("must be `pat`, `key`, `pub` or `svc`")));
    }
    if asked.format == TokenFormat::Jwt && asked.kind == TokenKind::Pub {
        return Err(Problem::field("format", &Invalid::new("must be `opaque` for a publishable key")));
    }
    let project_name = if takes_default_project(&asked) { Some(default_name()?) } else { None };
    let (project, subject) = holder(authority, caller, &asked).await?;
    let policy = Policy {
        organisation: caller.organisation(),
        project,
        kind: if asked.format == TokenFormat::Jwt { TokenKind::Oat } else { asked.kind },
        format: asked.format,
        client_id: None,
        binding: None,
        exchanged: false,
        signed_by: None,
        authentication: None,
        parent: None,
        audiences: asked.audience,
        scopes: asked.scopes,
        networks: asked.networks,
        routes: asked.routes,
        allowances: asked.limits,
    };
    grantable(authority, &policy, asked.kind == TokenKind::Pub)?;
    let longest = crate::rules::of(authority, caller).await?.longest(asked.kind);
    let expires_at = end(authority, caller, &policy, asked.expires_in, longest, now)?;
    if let Some(start) = asked.not_before
        && (expires_at.is_some_and(|end| start >= end) || start > now.plus(limits::TOKEN_LIFE_MAX))
    {
        return Err(Problem::field("not_before", &Invalid::new("must lie before the token's end")));
    }
    within_caller(authority, caller, &policy, expires_at)?;
    crate::rules::check_token(authority, caller, asked.kind, &policy, expires_at.map(|end| end.since(now))).await?;
    let (name, not_before, metadata) = (asked.name, asked.not_before, asked.metadata.to_text());
    Ok(Plan { name, subject, policy, project_name, not_before, expires_at, metadata, now })
}

/// Checks that a policy can be granted at all: its APIs are the organisation's, its scopes are theirs, publishable keys hold
/// only public ones.
pub fn grantable(authority: &Authority, policy: &Policy, publishable: bool) -> Result<(), Problem> {
    policy.validate().map_err(|(field, rule)| Problem::field(field, &rule))?;
    let apis = policy.audiences.iter().map(|audience| known_api(authority, policy, audience)).collect::<Result<Vec<_>, _>>()?;
    for scope in policy.scopes.iter() {
        let mut knowing = apis.iter().filter(|api| api.knows(scope)).peekable();
        if knowing.peek().is_none() {
            let rule = format!("must hold only scopes of the APIs in `audience` (`{scope}` is none)");
            return Err(Problem::field("scopes", &Invalid::new(rule)));
        }
        if publishable && !knowing.all(|api| api.is_public(scope)) {
            let rule = format!("must hold only public scopes on a publishable key (`{scope}` is not public)");
            return Err(Problem::field("scopes", &Invalid::new(rule)));
        }
    }
    Ok(())
}

fn known_api(authority: &Authority, policy: &Policy, audience: &Audience) -> Result<Arc<Api>, Problem> {
    let is_own = |api: &Arc<Api>| api.organisation == policy.organisation || authority.is_management(audience);
    authority.gate.api(audience.as_str()).filter(is_own).ok_or_else(|| {
        let rule = format!("must name APIs that are known here (`{audience}` is not: add it first)");
        Problem::field("audience", &Invalid::new(rule))
    })
}

/// Nobody gives management powers that he does not hold himself: neither more scopes, nor for longer, nor from elsewhere.
pub fn within_caller(authority: &Authority, caller: &Caller, policy: &Policy, expires_at: Option<Timestamp>) -> Result<(), Problem> {
    if !policy.audiences.iter().any(|audience| authority.is_management(audience)) {
        return Ok(());
    }
    let own = caller.policy();
    let wider = |field: &str, what: &str| {
        Problem::new(
            ProblemCode::WiderThanCaller,
            format!("a token for the management interface must not {what} than the one that issues it"),
        )
        .at(field)
    };
    let management = authority.gate.api(&authority.config.issuer);
    let knows = |scope: &_| management.as_ref().is_none_or(|api| api.knows(scope));
    if let Some(scope) = policy.scopes.iter().find(|scope| knows(scope) && !own.scopes.covers(scope)) {
        return Err(wider("scopes", &format!("be able to do more (`{scope}`)")));
    }
    if !policy.networks.is_within(&own.networks) {
        return Err(wider("networks", "be usable from more networks"));
    }
    let routes_fit = own.routes.is_empty()
        || (!policy.routes.is_empty() && policy.routes.iter().all(|route| own.routes.iter().any(|outer| route.is_within(outer))));
    if !routes_fit {
        return Err(wider("routes", "call more routes"));
    }
    match (caller.expires_at, expires_at) {
        (Some(own), Some(asked)) if asked > own => Err(wider("expires_in", "live longer")),
        (Some(_), None) => Err(wider("expires_in", "live longer")),
        _ => Ok(()),
    }
}

/// When the token ends: as asked, or by default, which is never longer than the organisation's policy lets it be, and for a management
/// token never after the caller's own end.
fn end(
    authority: &Authority,
    caller: &Caller,
    policy: &Policy,
    asked: Option<Option<u32>>,
    laid_down: Option<Span>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Problem> {
    let (default, longest) = match policy.format {
        TokenFormat::Opaque => (limits::TOKEN_LIFE_DEFAULT, limits::TOKEN_LIFE_MAX),
        TokenFormat::Jwt => (limits::JWT_LIFE_DEFAULT, limits::JWT_LIFE_MAX),
    };
    let Some(asked) = asked else {
        let end = now.plus(laid_down.map_or(default, |longest| longest.min(default)));
        let is_management = policy.audiences.iter().any(|audience| authority.is_management(audience));
        return Ok(Some(caller.expires_at.filter(|_| is_management).map_or(end, |own| own.min(end))));
    };
    life(policy.format, asked, longest)?.map_or(Ok(None), |life| Ok(Some(now.plus(life))))
}

/// A life that is asked for in seconds.
pub fn life(format: TokenFormat, asked: Option<u32>, longest: Span) -> Result<Option<Span>, Problem> {
    let bad = || Problem::field("expires_in", &Invalid::new(format!("must be 1 to {} seconds", longest.as_seconds_up())));
    match asked {
        None if format == TokenFormat::Jwt => Err(bad()),
        None => Ok(None),
        Some(seconds) => {
            let life = Span::from_seconds(seconds);
            if seconds == 0 || life > longest { Err(bad()) } else { Ok(Some(life)) }
        }
    }
}

/// Whether the token belongs to the organisation's default project, which is chosen by its name.
pub fn takes_default_project(asked: &IssueRequest) -> bool {
    asked.project.is_none() && matches!(asked.kind, TokenKind::Key | TokenKind::Pub)
}

fn default_name() -> Result<Name, Problem> {
    Name::parse(crate::authority::DEFAULT_PROJECT).map_err(|rule| Problem::field("project", &rule))
}

/// The project and the subject: as asked where they exist, or by the kind's default.
async fn holder(authority: &Authority, caller: &Caller, asked: &IssueRequest) -> Result<(Option<ProjectId>, Subject), Problem> {
    let organisation = caller.organisation();
    let project = match (asked.project, asked.kind) {
        // Whether it is there, the store looks where nobody can remove it meanwhile.
        (Some(id), _) => Some(id),
        (None, TokenKind::Key | TokenKind::Pub) => Some(authority.default_project(organisation).await?),
        (None, _) => None,
    };
    let subject = match (&asked.subject, asked.kind, project) {
        (Some(subject), _, _) => named_subject(authority, caller, subject).await?,
        (None, TokenKind::Key | TokenKind::Pub, Some(project)) => plain_subject(&project.to_string())?,
        (None, TokenKind::Svc, _) => service_subject(&asked.name)?,
        (None, _, _) => plain_subject(caller.subject())?,
    };
    Ok((project, subject))
}

/// A subject that the caller names. One that looks like an id must be one, so that no token speaks for somebody who is not there.
async fn named_subject(authority: &Authority, caller: &Caller, subject: &Subject) -> Result<Subject, Problem> {
    let text = subject.as_str();
    if text.starts_with(UserId::PREFIX) {
        let unknown =
            || Problem::field("subject", &Invalid::new("must be the id of a user of this organisation where it begins with `usr_`"));
        let id = UserId::parse(text).map_err(|_| unknown())?;
        let user = authority.store.show_user(caller.organisation(), id).await.map_err(|error| missing(error, "subject", "a user"))?;
        if user.disabled {
            return Err(Problem::field("subject", &Invalid::new("must not be a user whose account is shut")));
        }
    }
    if text.starts_with(ProjectId::PREFIX) {
        let unknown =
            || Problem::field("subject", &Invalid::new("must be the id of a project of this organisation where it begins with `prj_`"));
        let id = ProjectId::parse(text).map_err(|_| unknown())?;
        authority.store.show_project(caller.organisation(), id).await.map_err(|error| missing(error, "subject", "a project"))?;
    }
    Ok(subject.clone())
}

/// A service is its own subject: its name, with what a subject cannot hold as `-`.
fn service_subject(name: &Name) -> Result<Subject, Problem> {
    let text: String = name.as_str().chars().map(|c| if c.is_ascii_graphic() { c } else { '-' }).collect();
    if text.starts_with(UserId::PREFIX) || text.starts_with(ProjectId::PREFIX) {
        return Err(Problem::field("name", &Invalid::new("must not begin like the id of a user or project where it becomes the subject")));
    }
    plain_subject(&text)
}

fn plain_subject(text: &str) -> Result<Subject, Problem> {
    Subject::parse(text).map_err(|rule| Problem::field("subject", &rule))
}

/// A store's "no such thing" as a fault of the field that named it.
pub fn missing(error: jeton_store::StoreError, field: &str, what: &str) -> Problem {
    match error {
        jeton_store::StoreError::NotFound(_) => Problem::field(field, &Invalid::new(format!("must name {what} of this organisation"))),
        other => other.into(),
    }
}
