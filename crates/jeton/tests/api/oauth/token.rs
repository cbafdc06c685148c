//! The token endpoint, over HTTP.

#[path = "token/clients.rs"]
mod clients;
#[path = "token/codes.rs"]
mod codes;
#[path = "token/credentials.rs"]
mod credentials;
#[path = "token/dpop.rs"]
mod dpop;
#[path = "token/hostile.rs"]
mod hostile;
#[path = "token/key.rs"]
pub(crate) mod key;
#[path = "token/refresh.rs"]
mod refresh;
#[path = "token/rig.rs"]
pub(crate) mod rig;
