//! The authorization server and its pages, as browsers and clients meet them.

#[path = "oauth/account.rs"]
mod account;
#[path = "oauth/asking.rs"]
pub(crate) mod asking;
#[path = "oauth/authorize.rs"]
mod authorize;
#[path = "oauth/browser.rs"]
pub(crate) mod browser;
#[path = "oauth/client_key.rs"]
pub(crate) mod client_key;
#[path = "oauth/consent.rs"]
mod consent;
#[path = "oauth/device.rs"]
mod device;
#[path = "oauth/discovery.rs"]
mod discovery;
#[path = "oauth/logout.rs"]
mod logout;
#[path = "oauth/par.rs"]
mod par;
#[path = "oauth/passwords.rs"]
mod passwords;
#[path = "oauth/people.rs"]
pub(crate) mod people;
#[path = "oauth/request_object.rs"]
mod request_object;
#[path = "oauth/sign_in.rs"]
mod sign_in;
#[path = "oauth/token.rs"]
pub(crate) mod token;
