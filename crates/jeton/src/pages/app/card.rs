//! An app in a list: what it is called, what it is and how it stands.

use super::differences::kind;
use crate::{
    own_apps::{self, AppKind},
    pages::{badge::Badge, instant::Instant, words},
};
use jeton_store::client::Client;

/// An app as one card, or one row.
pub struct AppCard {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) kind: &'static str,
    pub(in crate::pages) state: Badge,
    pub(in crate::pages) logo: Option<String>,
    pub(in crate::pages) reason: Option<String>,
    pub(in crate::pages) has_change: bool,
    pub(in crate::pages) changed: Instant,
}

impl From<&Client> for AppCard {
    fn from(client: &Client) -> Self {
        Self {
            id: client.id.to_string(),
            name: client.name.as_str().to_owned(),
            kind: kind(AppKind::of(&client.registration)),
            state: words::client_state(client.state),
            logo: own_apps::shown_logo(client),
            reason: client.reason.clone(),
            has_change: client.pending.is_some(),
            changed: Instant::from(client.changed_at),
        }
    }
}
