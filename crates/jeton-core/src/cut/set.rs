//! All cuts that are known, so that one token is held against them with a few look-ups, however many they are.

use super::{Cut, CutWhat};
use crate::{
    change::Revision,
    id::{OrganisationId, ProjectId},
    kind::TokenKind,
    timestamp::Timestamp,
};
use std::{
    collections::{HashMap, hash_map},
    sync::Arc,
};

/// What is asked of a token.
#[derive(Clone, Copy, Debug)]
pub struct Issued<'a> {
    /// Whose it is.
    pub organisation: OrganisationId,
    /// What it is for.
    pub kind: TokenKind,
    /// Whom it speaks for.
    pub subject: &'a str,
    /// The client that it was issued to.
    pub client_id: Option<&'a str>,
    /// The project that it belongs to.
    pub project: Option<ProjectId>,
    /// The key that signed it.
    pub signed_by: Option<&'a str>,
    /// When it was issued.
    pub at: Timestamp,
}

/// A cut as the set remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Issued then or before.
    pub until: Timestamp,
    /// When it was made.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
    /// Its place in the change log.
    pub revision: Revision,
}

/// The cuts. Grows only.
#[derive(Clone, Debug, Default)]
pub struct Cuts {
    organisations: HashMap<OrganisationId, Arc<Own>>,
    newest: Revision,
}

/// Those of one organisation.
#[derive(Clone, Debug, Default)]
struct Own {
    subjects: HashMap<Box<str>, Ended>,
    clients: HashMap<Box<str>, Ended>,
    projects: HashMap<ProjectId, Ended>,
    keys: HashMap<Box<str>, Ended>,
    everything: Option<Ended>,
    latest: Option<Timestamp>,
}

impl Cuts {
    /// Takes a cut in. One of the same scope that reaches less far adds nothing.
    pub fn add(&mut self, cut: &Cut) {
        self.newest = self.newest.max(cut.revision);
        let own = Arc::make_mut(self.organisations.entry(cut.scope.organisation).or_default());
        own.latest = own.latest.max(Some(cut.until));
        let ended = Ended { until: cut.until, at: cut.at, reason: cut.reason.clone(), revision: cut.revision };
        match &cut.scope.what {
            CutWhat::Subject(subject) => reach(own.subjects.entry(subject.as_str().into()), ended),
            CutWhat::Client(client) => reach(own.clients.entry(client.clone()), ended),
            CutWhat::Project(project) => reach(own.projects.entry(*project), ended),
            CutWhat::SigningKey(kid) => reach(own.keys.entry(kid.clone()), ended),
            CutWhat::Everything => {
                if own.everything.as_ref().is_none_or(|known| known.until < ended.until) {
                    own.everything = Some(ended);
                }
            }
        }
    }
    /// The newest place in the change log of any of them.
    pub const fn newest(&self) -> Revision {
        self.newest
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.organisations.is_empty()
    }
    /// Whether any cut of an organisation goes by what stands in policies alone, clients and keys: only then those need to be read.
    pub fn go_by_policies(&self, organisation: OrganisationId) -> bool {
        self.organisations.get(&organisation).is_some_and(|own| !own.clients.is_empty() || !own.keys.is_empty())
    }
    /// The latest instant that any cut of an organisation reaches: what is issued from now on is issued later.
    pub fn latest(&self, organisation: OrganisationId) -> Option<Timestamp> {
        self.organisations.get(&organisation)?.latest
    }
    /// The cut that ended a token, where one did: that which reaches furthest.
    pub fn ended(&self, issued: &Issued<'_>) -> Option<&Ended> {
        if issued.kind == TokenKind::Cls {
            return None;
        }
        let own = self.organisations.get(&issued.organisation)?;
        let by_client = issued.client_id.and_then(|client| own.clients.get(client));
        let by_project = issued.project.and_then(|project| own.projects.get(&project));
        let by_key = issued.signed_by.and_then(|kid| own.keys.get(kid));
        let all = [own.everything.as_ref(), own.subjects.get(issued.subject), by_client, by_project, by_key];
        all.into_iter().flatten().filter(|ended| issued.at <= ended.until).max_by_key(|ended| ended.until)
    }
}

/// Puts a cut in the place of one that reaches less far.
fn reach<K>(entry: hash_map::Entry<'_, K, Ended>, ended: Ended) {
    let known = entry.or_insert_with(|| ended.clone());
    if known.until < ended.until {
        *known = ended;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cut::CutScope, name::Subject};
    use proptest::prelude::*;

    const ORGANISATIONS: [u8; 2] = [1, 2];
    const NAMES: [&str; 3] = ["a", "b", "usr_0123456789ab"];

    fn what() -> impl Strategy<Value = CutWhat> {
        let name = || proptest::sample::select(NAMES.to_vec());
        prop_oneof![
            name().prop_map(|name| CutWhat::Subject(Subject::parse(name).expect("subject"))),
            name().prop_map(|name| CutWhat::client(name).expect("client")),
            (1u8..3).prop_map(|byte| CutWhat::Project(ProjectId::from_random([byte; 16]))),
            name().prop_map(|name| CutWhat::signing_key(name).expect("key")),
            Just(CutWhat::Everything),
        ]
    }
    fn cut() -> impl Strategy<Value = Cut> {
        (proptest::sample::select(ORGANISATIONS.to_vec()), what(), 0i64..20, 1u64..50).prop_map(|(organisation, what, until, place)| Cut {
            scope: CutScope { organisation: OrganisationId::from_random([organisation; 16]), what },
            until: Timestamp::from_seconds(until),
            at: Timestamp::from_seconds(20),
            actor: "token:x".into(),
            reason: None,
            comment: None,
            revision: Revision(place),
        })
    }
    /// What the set must say, asked of each cut by itself.
    fn is_ended(cuts: &[Cut], issued: &Issued<'_>) -> bool {
        issued.kind != TokenKind::Cls
            && cuts.iter().any(|cut| {
                let fits = match &cut.scope.what {
                    CutWhat::Subject(own) => own.as_str() == issued.subject,
                    CutWhat::Client(own) => issued.client_id == Some(own),
                    CutWhat::Project(own) => issued.project == Some(*own),
                    CutWhat::SigningKey(own) => issued.signed_by == Some(own),
                    CutWhat::Everything => true,
                };
                fits && cut.scope.organisation == issued.organisation && issued.at <= cut.until
            })
    }

    proptest! {
        #[test]
        fn the_set_says_what_its_cuts_say_and_nothing_leaves_it(
            cuts in proptest::collection::vec(cut(), 0..12), organisation in 0usize..2, name in 0usize..3, client in 0usize..4,
            key in 0usize..4, project in 0u8..3, kind in 0usize..8, at in 0i64..22,
        ) {
            let issued = Issued {
                organisation: OrganisationId::from_random([ORGANISATIONS[organisation]; 16]),
                kind: TokenKind::ALL[kind],
                subject: NAMES[name],
                client_id: NAMES.get(client).copied(),
                project: (project > 0).then(|| ProjectId::from_random([project; 16])),
                signed_by: NAMES.get(key).copied(),
                at: Timestamp::from_seconds(at),
            };
            let mut set = Cuts::default();
            let mut was_ended = false;
            for (count, cut) in cuts.iter().enumerate() {
                set.add(cut);
                let ended = set.ended(&issued).is_some();
                prop_assert!(ended || !was_ended, "what was ended is alive again");
                prop_assert_eq!(ended, is_ended(&cuts[..=count], &issued));
                was_ended = ended;
            }
            let later = set.latest(issued.organisation).map_or(issued.at, |latest| latest.plus(crate::timestamp::Span::from_micros(1)));
            prop_assert!(set.ended(&Issued { at: later, ..issued }).is_none(), "what is issued after all cuts lives");
            prop_assert_eq!(set.newest(), cuts.iter().map(|cut| cut.revision).max().unwrap_or_default());
        }
    }
}
