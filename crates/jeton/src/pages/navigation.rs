//! Where the pages of the dashboard are and who is shown the way there. Hides what a role may not see; what a page lets somebody
//! do is decided by the page's own demand, never here.

use super::routes;
use crate::caller::Caller;
use jeton_core::scope::Scope;

/// A page that the navigation leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Is anything wrong?
    Home,
    /// The person's own tokens.
    MyTokens,
    /// The person's own apps.
    MyApps,
    /// All tokens.
    Tokens,
    /// The APIs.
    Apis,
    /// All apps.
    Apps,
    /// What waits for a decision.
    Approvals,
    /// Users and invitations.
    People,
    /// The projects.
    Projects,
    /// The signing keys.
    Keys,
    /// Who checks tokens.
    Verifiers,
    /// What tokens may be at most.
    Policy,
    /// Who did what.
    Audit,
    /// How it is configured.
    Settings,
    /// What a token says.
    Inspector,
    /// The person's own account.
    Account,
    /// How the person signs in.
    Security,
    /// What the person let apps have.
    ConnectedApps,
    /// Where the person is signed in.
    Sessions,
    /// A page that the navigation does not lead to.
    Elsewhere,
}

/// The navigation of one page.
#[derive(Clone, Debug, Default)]
pub struct Navigation {
    /// What the person is here for.
    pub groups: Vec<Group>,
    /// The person's own account.
    pub account: Vec<Entry>,
}

/// Entries that belong together.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common; empty for the first ones.
    pub label: &'static str,
    /// The entries.
    pub entries: Vec<Entry>,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its words.
    pub label: &'static str,
    /// Where it leads.
    pub address: &'static str,
    /// Whether this is the page that is shown.
    pub is_current: bool,
    /// How much waits there, where something does.
    pub count: usize,
}

struct Row {
    place: Place,
    label: &'static str,
    address: &'static str,
    /// The scope that its page demands; empty where everybody may see it.
    demand: &'static str,
}

const fn row(place: Place, label: &'static str, address: &'static str, demand: &'static str) -> Row {
    Row { place, label, address, demand }
}

const GROUPS: [(&str, &[Row]); 3] = [
    (
        "",
        &[
            row(Place::Home, "Home", "/dashboard", ""),
            row(Place::MyTokens, "My tokens", "/dashboard/tokens/mine", ""),
            row(Place::MyApps, "My apps", "/dashboard/apps/mine", ""),
            row(Place::Inspector, "Inspector", "/dashboard/inspect", ""),
        ],
    ),
    (
        "Operate",
        &[
            row(Place::Tokens, "Tokens", "/dashboard/tokens", "tokens:read"),
            row(Place::Apis, "APIs", "/dashboard/apis", "apis:read"),
            row(Place::Apps, "Apps", "/dashboard/apps", "clients:read"),
            row(Place::Approvals, "Approvals", "/dashboard/approvals", "clients:read"),
            row(Place::People, "People", "/dashboard/people", "users:read"),
            row(Place::Projects, "Projects", "/dashboard/projects", "projects:read"),
        ],
    ),
    (
        "Guard",
        &[
            row(Place::Keys, "Keys", "/dashboard/keys", "keys:read"),
            row(Place::Verifiers, "Verifiers", "/dashboard/verifiers", "verifiers:read"),
            row(Place::Policy, "Policy", "/dashboard/policy", "policy:read"),
            row(Place::Audit, "Audit log", "/dashboard/audit", "audit:read"),
            row(Place::Settings, "Settings", "/dashboard/settings", "keys:read"),
        ],
    ),
];

const ACCOUNT: [Row; 4] = [
    row(Place::Account, "Account", "/account", ""),
    row(Place::Security, "Security", "/account/security", ""),
    row(Place::ConnectedApps, "Connected apps", "/account/apps", ""),
    row(Place::Sessions, "Sessions", "/account/sessions", ""),
];

impl Navigation {
    /// What this caller is shown at `here`. `waiting` is how many approvals wait.
    pub fn of(caller: &Caller, here: Place, waiting: usize) -> Self {
        let entries = |rows: &[Row]| rows.iter().filter(|row| row.is_for(caller)).map(|row| row.entry(here, waiting)).collect();
        let groups = GROUPS.iter().map(|(label, rows)| Group { label, entries: entries(rows) });
        Self { groups: groups.filter(|group| !group.entries.is_empty()).collect(), account: entries(&ACCOUNT) }
    }
}

impl Row {
    fn is_for(&self, caller: &Caller) -> bool {
        let may = self.demand.is_empty() || Scope::parse(self.demand).is_ok_and(|scope| caller.may(&scope));
        may && routes::is_page(self.address)
    }
    fn entry(&self, here: Place, waiting: usize) -> Entry {
        let count = if self.place == Place::Approvals { waiting } else { 0 };
        Entry { label: self.label, address: self.address, is_current: self.place == here, count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::guard;

    #[test]
    fn every_demand_is_a_scope() {
        for row in GROUPS.iter().flat_map(|(_, rows)| rows.iter()).chain(&ACCOUNT).filter(|row| !row.demand.is_empty()) {
            assert!(guard::SCOPES.iter().any(|(name, _)| *name == row.demand), "{}", row.demand);
        }
    }
}
