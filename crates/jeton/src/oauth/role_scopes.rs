//! What of the management interface a person can let an app have: never more than the person's role may.

use crate::roles;
use jeton_core::scope::ScopeSet;
use jeton_store::user::Role;

/// Those of `asked` that somebody of this role can give.
pub fn given_by(role: Role, asked: &ScopeSet) -> ScopeSet {
    ScopeSet::from_scopes(asked.iter().filter(|scope| roles::may(role, scope)).cloned().collect())
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
