//! The memory of Jeton: SQLite and PostgreSQL behind one API. The only crate with SQL.
//!
//! Never answers "done" before it is durable, never believes a row without its mark, never decides.

pub mod account_link;
pub mod api;
pub mod app;
pub mod audit;
pub mod audit_check;
pub mod backup;
pub mod change;
pub mod client;
pub mod code;
#[cfg(feature = "testing")]
pub mod conformance;
pub mod consent;
pub mod cut;
pub mod device;
pub mod error;
mod fault;
pub mod grant;
pub mod key;
pub mod ledger;
pub mod limit_nodes;
mod link;
pub mod logo;
pub mod logout;
mod marks;
pub mod organisation;
pub mod outside;
pub mod overview;
pub mod page;
pub mod passkey;
pub mod password;
pub mod project;
pub mod quota;
pub mod refresh;
pub mod remark;
pub mod request;
pub mod restore;
pub mod revocation_run;
mod row;
pub mod rules;
pub mod second_factor;
pub mod session;
pub mod silence;
pub mod spent;
pub mod status;
pub mod store;
pub mod subject_key;
pub mod sweep;
#[cfg(feature = "testing")]
pub mod testing;
pub mod token;
pub mod usage;
pub mod user;
pub mod verified_email;
pub mod verifiers;
pub mod way_in;
mod writer;

pub use error::StoreError;
pub use store::{Engine, OpenOptions, Store};
