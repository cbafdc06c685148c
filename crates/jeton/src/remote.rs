//! A gate that follows an authority over the network: `jeton gate`. Needs no database and no master key; knows what the authority
//! tells it, and trusts that for as long as it hears from it.

pub mod clock;
pub mod copy;
pub mod follow;
pub mod front;
pub mod ledger;
pub mod line;
pub mod newest;
pub mod report;
pub mod run;
pub mod snapshot;
pub mod source;
pub mod standing;
pub mod uses;
pub mod whole;
pub mod wire;
