//! People whom rules of their role would touch, and the tokens that they have.

use super::{super::sensitive_in, Breaking};
use crate::{authority::Authority, problem::Problem};
use jeton_core::{
    facts::TokenState,
    id::OrganisationId,
    limits,
    name::Subject,
    role::Role,
    timestamp::Timestamp,
    token_rules::{RoleRule, TokenRules},
};
use jeton_store::{StoreError, page::PageRequest, token::TokenFilter, user::UserFilter};
use std::collections::BTreeMap;

/// For each rule of a role, what it would touch.
pub(super) async fn touched(
    authority: &Authority,
    organisation: OrganisationId,
    rules: &TokenRules,
    now: Timestamp,
) -> Result<Vec<Breaking>, Problem> {
    let mut all = Vec::new();
    for (role, rule) in &rules.roles {
        let named = |name: &str| Breaking::of(format!("roles.{}.{name}", role.as_str()));
        if !rule.issues_tokens || !rule.registers_apps {
            let people = authority.store.count_users(organisation, *role).await?;
            all.extend((!rule.issues_tokens).then(|| Breaking { people, ..named("issues_tokens") }));
            all.extend((!rule.registers_apps).then(|| Breaking { people, ..named("registers_apps") }));
        }
        if rule.second_factor {
            let people = authority.store.count_without_second_factor(organisation, *role).await?;
            all.push(Breaking { people, ..named("second_factor") });
        }
        all.extend(tokens(authority, organisation, rules, (*role, rule), now).await?);
    }
    if !rules.apps.approvers_approve {
        let people = authority.store.count_users(organisation, Role::Approver).await?;
        all.push(Breaking { people, ..Breaking::of("apps.approvers_approve") });
    }
    Ok(all)
}

/// Tokens of people of a role that hold scopes which the role may not put into one. Looks at a bounded number.
async fn tokens(
    authority: &Authority,
    organisation: OrganisationId,
    rules: &TokenRules,
    (role, rule): (Role, &RoleRule),
    now: Timestamp,
) -> Result<Vec<Breaking>, Problem> {
    if rule.sensitive_scopes && rule.refused_scopes.is_empty() {
        return Ok(Vec::new());
    }
    let (mut counted, mut looked_at, mut is_partial) = (BTreeMap::new(), 0, false);
    let wanted = UserFilter { role: Some(role), ..UserFilter::default() };
    let page = PageRequest { after: None, limit: limits::PAGE_MAX };
    let people = authority.store.filter_users(organisation, &wanted, page).await?;
    is_partial |= people.next.is_some();
    for person in people.items {
        let Ok(subject) = Subject::parse(&person.id.to_string()) else { continue };
        let held = held(authority, organisation, subject, now, &mut looked_at).await?;
        is_partial |= looked_at >= limits::PREVIEW_TOKENS_MAX;
        for policy in held {
            if let Err(broken) = rules.check_scopes(role, &policy.scopes, sensitive_in(authority, &policy)) {
                *counted.entry(broken.rule()).or_insert(0) += 1;
            }
        }
    }
    let told = |(rule, tokens): (String, u64)| Breaking { tokens, at_least: is_partial, ..Breaking::of(rule) };
    Ok(counted.into_iter().map(told).collect())
}

/// What the tokens of a subject that are alive may do, as long as there is room to look.
async fn held(
    authority: &Authority,
    organisation: OrganisationId,
    subject: Subject,
    now: Timestamp,
    looked_at: &mut usize,
) -> Result<Vec<jeton_core::policy::Policy>, StoreError> {
    let filter = TokenFilter {
        subject: Some(subject),
        state_not: Some(TokenState::Revoked),
        expired_at: Some((false, now)),
        ..TokenFilter::default()
    };
    let (mut held, mut page) = (Vec::new(), PageRequest { after: None, limit: limits::PAGE_MAX });
    while *looked_at < limits::PREVIEW_TOKENS_MAX {
        let found = authority.store.list_tokens(organisation, &filter, &page).await?;
        *looked_at += found.items.len().max(1);
        held.extend(found.items.into_iter().map(|detail| detail.record.policy.as_ref().clone()));
        match found.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    Ok(held)
}
