//! The ways in which people can sign in, counted; and whether an installation has an owner who can.

use crate::{
    error::Result,
    fault::Fault,
    link::{Link, fetch_one},
    marks::Marks,
    store::{Store, read::read},
    user::User,
    verified_email,
};
use jeton_core::{
    id::{OrganisationId, UserId},
    role::Role,
};

/// The ways in which a user can sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaysIn {
    /// By password.
    pub password: bool,
    /// With so many passkeys.
    pub passkeys: u64,
    /// With one-time passwords beside the password.
    pub totp: bool,
    /// Recovery codes that are left.
    pub recovery_codes: u64,
    /// Whether the e-mail address is known to be read by the user.
    pub email_verified: bool,
}

const OF: &str = "SELECT (SELECT COUNT(*) FROM passwords WHERE account = $1), (SELECT COUNT(*) FROM passkeys WHERE account = $1), \
                  (SELECT COUNT(*) FROM totp_secrets WHERE account = $1), \
                  (SELECT COUNT(*) FROM recovery_codes WHERE account = $1 AND used_at IS NULL)";
const OWNERS: &str = "SELECT COUNT(*) FROM users WHERE role = 'owner' AND disabled = 0 AND \
                      (EXISTS (SELECT 1 FROM passwords WHERE account = users.id) OR \
                       EXISTS (SELECT 1 FROM passkeys WHERE account = users.id))";

const OF_ROLE: &str = "SELECT COUNT(*) FROM users WHERE organisation = $1 AND role = $2 AND disabled = 0";
const WITHOUT_SECOND_FACTOR: &str = "SELECT COUNT(*) FROM users WHERE organisation = $1 AND role = $2 AND disabled = 0 AND \
                                     NOT EXISTS (SELECT 1 FROM totp_secrets WHERE account = users.id) AND \
                                     NOT EXISTS (SELECT 1 FROM passkeys WHERE account = users.id)";

impl WaysIn {
    /// Whether there is any.
    pub const fn any(&self) -> bool {
        self.password || self.passkeys > 0
    }
    /// Whether there is one by which a sign-in counts as one with two factors.
    pub const fn has_second_factor(&self) -> bool {
        self.totp || self.passkeys > 0
    }
}

impl Store {
    /// The ways in which a user can sign in.
    pub async fn ways_in(&self, user: &User) -> Result<WaysIn> {
        read!(self, link => of(link, self.marks(), user))
    }
    /// How many people have a role; those whose account is shut are not counted.
    pub async fn count_users(&self, owner: OrganisationId, role: Role) -> Result<u64> {
        let count = read!(self, link => async {
            Ok::<_, Fault>(fetch_one!(link, (i64,), OF_ROLE, owner.to_string(), role.as_str())?)
        })?;
        Ok(u64::try_from(count.0).unwrap_or_default())
    }
    /// How many people of a role have no second factor; those whose account is shut are not counted.
    pub async fn count_without_second_factor(&self, owner: OrganisationId, role: Role) -> Result<u64> {
        let count = read!(self, link => async {
            Ok::<_, Fault>(fetch_one!(link, (i64,), WITHOUT_SECOND_FACTOR, owner.to_string(), role.as_str())?)
        })?;
        Ok(u64::try_from(count.0).unwrap_or_default())
    }
    /// Whether any owner can sign in.
    pub async fn has_owner_with_way_in(&self) -> Result<bool> {
        read!(self, link => has_owner(link))
    }
}

async fn of(link: &mut Link<'_>, marks: &Marks, user: &User) -> std::result::Result<WaysIn, Fault> {
    let (passwords, passkeys, totp, codes) = counts(link, user.id).await?;
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    let email_verified = verified_email::is_verified(link, marks, user).await?;
    Ok(WaysIn { password: passwords > 0, passkeys: count(passkeys), totp: totp > 0, recovery_codes: count(codes), email_verified })
}

async fn counts(link: &mut Link<'_>, user: UserId) -> std::result::Result<(i64, i64, i64, i64), Fault> {
    Ok(fetch_one!(link, (i64, i64, i64, i64), OF, user.to_string())?)
}

/// Whether any owner can sign in.
pub(crate) async fn has_owner(link: &mut Link<'_>) -> std::result::Result<bool, Fault> {
    let (owners,) = fetch_one!(link, (i64,), OWNERS)?;
    Ok(owners > 0)
}
