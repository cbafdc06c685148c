//! Taking second factors away: the last one stays where the policy wants one of the person. Whether somebody is let on without one is
//! decided in [`crate::session`].

use crate::{
    authority::Authority,
    problem::Problem,
    rules::{self, refused},
};
use jeton_store::user::User;

/// What would be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// One-time passwords.
    Totp,
    /// One passkey.
    Passkey,
}

/// Checks that somebody may take a factor away: that the policy wants none of the role, or that another one is left.
pub async fn check_removal(authority: &Authority, user: &User, factor: Factor) -> Result<(), Problem> {
    let rules = rules::of_organisation(authority, user.organisation).await?;
    let Err(broken) = rules.check_second_factor(user.role) else { return Ok(()) };
    let ways = authority.store.ways_in(user).await?;
    let is_left = match factor {
        Factor::Totp => ways.passkeys > 0,
        Factor::Passkey => ways.totp || ways.passkeys > 1,
    };
    if is_left { Ok(()) } else { Err(refused(&broken).fixed_by("set another one up before you take this one away")) }
}
