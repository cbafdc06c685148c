//! What each role may do on the management interface: one table, for the pages and for what a person lets an app have.
//!
//! What everybody may do with what is his own (tokens, apps, account) is in no role: the use cases look whose it is.

use crate::http::guard;
use jeton_core::scope::{Scope, ScopeSet};
use jeton_store::user::Role;

/// What approvers may do.
const APPROVER: [&str; 4] = ["apis:read", "clients:approve", "clients:read", "projects:read"];

/// Whether a role may do what a scope of the management interface names.
pub fn may(role: Role, scope: &Scope) -> bool {
    let name = scope.as_str();
    match role {
        Role::Owner => true,
        Role::Operator => !name.starts_with("organisations:"),
        Role::Approver => APPROVER.contains(&name),
        Role::Auditor => name.ends_with(":read"),
        Role::Developer => false,
    }
}

/// All that a role may do.
pub fn scopes(role: Role) -> ScopeSet {
    let all = guard::SCOPES.iter().filter_map(|(name, _)| Scope::parse(name).ok());
    ScopeSet::from_scopes(all.filter(|scope| may(role, scope)).collect())
}

/// The roles that may do it, the widest first.
pub fn who_may(scope: &Scope) -> impl Iterator<Item = Role> {
    Role::ALL.into_iter().filter(|role| may(*role, scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_it_is_for() {
        let told = |role| scopes(role).to_spaced();
        assert_eq!(scopes(Role::Owner).iter().count(), guard::SCOPES.len());
        assert!(told(Role::Operator).contains("keys:write") && !told(Role::Operator).contains("organisations:"));
        assert_eq!(told(Role::Approver), "apis:read clients:approve clients:read projects:read");
        assert_eq!(told(Role::Developer), "");
        let auditor = scopes(Role::Auditor);
        assert!(auditor.iter().count() > 5 && auditor.iter().all(|scope| scope.as_str().ends_with(":read")));
    }

    #[test]
    fn a_refusal_can_name_who_may() {
        let scope = Scope::parse("clients:approve").expect("a scope");
        assert_eq!(who_may(&scope).collect::<Vec<_>>(), [Role::Owner, Role::Operator, Role::Approver]);
    }
}
