//! `/v1/organisations`: one file per route. For callers of the organisation that owns the management interface alone.

pub mod add;
pub mod list;

use crate::{authority::Authority, caller::Caller, problem::Problem};

/// Only the organisation that owns the management interface sees and makes others; to all else there is nothing here.
pub(crate) fn only_main(authority: &Authority, caller: &Caller) -> Result<(), Problem> {
    let owner = authority.gate.api(&authority.config.issuer).map(|api| api.organisation);
    if owner == Some(caller.organisation()) { Ok(()) } else { Err(Problem::not_found("thing in this organisation")) }
}
