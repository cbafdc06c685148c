//! What of the management interface a person can let an app have: never more than the person's role may.

use jeton_core::scope::{Scope, ScopeSet};
use jeton_store::user::Role;

/// Those of `asked` that somebody of this role can give.
pub fn given_by(role: Role, asked: &ScopeSet) -> ScopeSet {
    ScopeSet::from_scopes(asked.iter().filter(|scope| may_give(role, scope)).cloned().collect())
}

fn may_give(role: Role, scope: &Scope) -> bool {
    match role {
        Role::Owner => true,
        Role::Operator => !scope.as_str().starts_with("organisations:"),
        Role::Auditor => scope.as_str().ends_with(":read"),
        Role::Approver | Role::Developer => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_gives_what_it_may() {
        let asked = ScopeSet::parse_spaced("tokens:read tokens:issue organisations:read organisations:write").expect("scopes");
        let given = |role| given_by(role, &asked).to_spaced();
        assert_eq!(given(Role::Owner), asked.to_spaced());
        assert_eq!(given(Role::Operator), "tokens:issue tokens:read");
        assert_eq!(given(Role::Auditor), "organisations:read tokens:read");
        assert_eq!((given(Role::Approver), given(Role::Developer)), (String::new(), String::new()));
    }
}
