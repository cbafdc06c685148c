//! The device grant as people meet it: which device waits behind a code, and what the person decided.

use crate::{authority::Authority, http::Context, pages::consent::ScopeGroup, session::SignedIn};
use jeton_core::timestamp::Span;
use jeton_store::client::Client;
use std::sync::Arc;

/// What the person is asked about a device that waits.
#[derive(Debug)]
pub struct DeviceQuestion {
    /// The app.
    pub client: Arc<Client>,
    /// The code as it is shown on the device.
    pub user_code: String,
    /// What is asked for.
    pub groups: Vec<ScopeGroup>,
}

/// Why nothing was asked or decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceFault {
    /// No device waits with this code.
    Unknown,
    /// Too many codes were tried.
    TooMany(Span),
    /// What is needed does not answer.
    Unavailable,
}

/// The device that waits with a code.
pub async fn lookup(authority: &Authority, user_code: &str, signed_in: &SignedIn, context: Context) -> Result<DeviceQuestion, DeviceFault> {
    let _ = (authority, user_code, signed_in, context);
    Err(DeviceFault::Unknown)
}

/// Carries out what the person decided.
pub async fn decide(
    authority: &Authority,
    user_code: &str,
    signed_in: &SignedIn,
    allowed: bool,
    context: Context,
) -> Result<(), DeviceFault> {
    let _ = (authority, user_code, signed_in, allowed, context);
    Err(DeviceFault::Unknown)
}
