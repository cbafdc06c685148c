//! The authorization server and its pages, as browsers and clients meet them.

#[path = "oauth/account.rs"]
mod account;
#[path = "oauth/asked_claims.rs"]
mod asked_claims;
#[path = "oauth/asking.rs"]
pub(crate) mod asking;
#[path = "oauth/authorize.rs"]
mod authorize;
#[path = "oauth/back_channel.rs"]
mod back_channel;
#[path = "oauth/browser.rs"]
pub(crate) mod browser;
#[path = "oauth/client_key.rs"]
pub(crate) mod client_key;
#[path = "oauth/confusion.rs"]
mod confusion;
#[path = "oauth/consent.rs"]
mod consent;
#[path = "oauth/device.rs"]
mod device;
#[path = "oauth/device_grant.rs"]
mod device_grant;
#[path = "oauth/discovery.rs"]
mod discovery;
#[path = "oauth/exchange.rs"]
mod exchange;
#[path = "oauth/forms.rs"]
pub(crate) mod forms;
#[path = "oauth/futures.rs"]
mod futures;
#[path = "oauth/introspect.rs"]
mod introspect;
#[path = "oauth/jwt_bearer.rs"]
mod jwt_bearer;
#[path = "oauth/jwt_tricks.rs"]
mod jwt_tricks;
#[path = "oauth/lives.rs"]
mod lives;
#[path = "oauth/logout.rs"]
mod logout;
#[path = "oauth/malformed.rs"]
mod malformed;
#[path = "oauth/operate.rs"]
mod operate;
#[path = "oauth/par.rs"]
mod par;
#[path = "oauth/passwords.rs"]
mod passwords;
#[path = "oauth/people.rs"]
pub(crate) mod people;
#[path = "oauth/request_object.rs"]
mod request_object;
#[path = "oauth/revoke.rs"]
mod revoke;
#[path = "oauth/sign_in.rs"]
mod sign_in;
#[path = "oauth/status.rs"]
mod status;
#[path = "oauth/step_up.rs"]
mod step_up;
#[path = "oauth/token.rs"]
pub(crate) mod token;
#[path = "oauth/unknown.rs"]
mod unknown;
#[path = "oauth/userinfo.rs"]
mod userinfo;
#[path = "oauth/work.rs"]
mod work;
