//! Organisations: added with a first management token, so that somebody can act in them.

use crate::{
    authority::Authority,
    caller::Caller,
    http::view::people::OrganisationView,
    issue::{self, Plan},
    problem::Problem,
};
use jeton_core::{
    allowance::Allowances,
    change::Revision,
    fault::Invalid,
    id::{OrganisationId, ProjectId, UserId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Name, Subject},
    network::Networks,
    policy::Policy,
    scope::{Scope, ScopeSet},
};
use jeton_store::{
    organisation::{Founding, Organisation},
    project::Project,
    user::{Role, User},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// An organisation to be added.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddOrganisationRequest {
    /// Its name; one of a kind.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    pub name: Name,
}

/// An organisation that was just added.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AddedOrganisation {
    /// The organisation.
    #[serde(flatten)]
    pub organisation: OrganisationView,
    /// Its first management token, with its text this once.
    #[schema(value_type = Object)]
    pub owner_token: Box<RawValue>,
}

/// The scopes that stay with the organisation that owns the management interface.
const MAIN_ONLY: [&str; 3] = ["organisations:write", "keys:write", "changes:read"];

/// Adds an organisation with a project, an owner and the owner's token, all or nothing.
pub async fn add(authority: &Authority, caller: &Caller, asked: AddOrganisationRequest) -> Result<(AddedOrganisation, Revision), Problem> {
    let now = authority.now();
    let id = OrganisationId::from_random(rand::random());
    let organisation = Organisation { id, name: asked.name, created_at: now, version: 1 };
    let built_in = |text: &str| Name::parse(text).map_err(|rule| Problem::field("name", &rule));
    let project = Project {
        id: ProjectId::from_random(rand::random()),
        organisation: id,
        name: built_in(crate::authority::DEFAULT_PROJECT)?,
        created_at: now,
        version: 1,
    };
    let owner = User {
        id: UserId::from_random(rand::random()),
        organisation: id,
        name: built_in("owner")?,
        email: None,
        role: Role::Owner,
        disabled: false,
        created_at: now,
        version: 1,
    };
    let plan = Plan {
        name: built_in("owner")?,
        subject: Subject::parse(&owner.id.to_string()).map_err(|rule| Problem::field("subject", &rule))?,
        policy: owner_policy(authority, id)?,
        project_name: None,
        not_before: None,
        expires_at: None,
        metadata: "{}".into(),
        now,
    };
    let actor = caller.actor(now);
    let (token, _, issuance) = issue::prepare(authority, &actor, plan)?;
    let new = Founding { organisation, project, owner, token };
    let (organisation, revision) = authority.store.found_organisation(new, actor).await?;
    let body = String::from_utf8(issuance.body.to_vec()).unwrap_or_default();
    let owner_token = RawValue::from_string(body).map_err(|_| Problem::internal("an answer is no JSON"))?;
    Ok((AddedOrganisation { organisation: organisation.into(), owner_token }, revision))
}

fn owner_policy(authority: &Authority, organisation: OrganisationId) -> Result<Policy, Problem> {
    let names = crate::http::guard::SCOPES.iter().map(|(scope, _)| *scope).filter(|scope| !MAIN_ONLY.contains(scope));
    let scopes = names.map(Scope::parse).collect::<Result<Vec<_>, Invalid>>().map_err(|rule| Problem::field("scopes", &rule))?;
    Ok(Policy {
        organisation,
        project: None,
        kind: TokenKind::Pat,
        format: TokenFormat::Opaque,
        client_id: None,
        binding: None,
        exchanged: false,
        signed_by: None,
        authentication: None,
        parent: None,
        audiences: vec![Audience::parse(&authority.config.issuer).map_err(|rule| Problem::field("issuer", &rule))?],
        scopes: ScopeSet::from_scopes(scopes),
        networks: Networks::default(),
        routes: Vec::new(),
        allowances: Allowances::default(),
    })
}
