//! Who did something, as people read it: people by their names, and where more of each is. An actor that is gone keeps its id.

use crate::{
    authority::Authority,
    http::guard::{ClientsRead, TokensRead, UsersRead},
    pages::visitor::Visitor,
    problem::Problem,
};
use jeton_core::id::UserId;
use jeton_store::StoreError;
use std::collections::HashMap;

/// The names of the people among some actors.
pub(super) struct Actors {
    names: HashMap<String, String>,
    own: String,
    may_see: (bool, bool, bool),
}

/// An actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ActorView {
    pub(super) words: String,
    /// Where more of it is, for who may look.
    pub(super) address: Option<String>,
}

impl Actors {
    /// Looks the people among them up. Those of a page, which holds a bounded number.
    pub(super) async fn of(authority: &Authority, visitor: &Visitor, actors: impl Iterator<Item = &str>) -> Result<Self, Problem> {
        let may_see = (visitor.may::<UsersRead>(), visitor.may::<TokensRead>(), visitor.may::<ClientsRead>());
        let mut names = HashMap::new();
        for id in actors.filter_map(|actor| actor.strip_prefix("user:")) {
            let Ok(user) = UserId::parse(id) else { continue };
            if names.contains_key(id) {
                continue;
            }
            match authority.store.show_user(visitor.caller.organisation(), user).await {
                Ok(user) => drop(names.insert(id.to_owned(), user.name.as_str().to_owned())),
                Err(StoreError::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self { names, own: visitor.caller.subject().to_owned(), may_see })
    }
    /// One of them.
    pub(super) fn view(&self, actor: &str) -> ActorView {
        let (people, tokens, apps) = self.may_see;
        let (words, address) = match actor.split_once(':') {
            Some(("user", id)) if id == self.own => ("you".to_owned(), None),
            Some(("user", id)) => match self.names.get(id) {
                Some(name) => (name.clone(), people.then(|| format!("/dashboard/people/{id}"))),
                None => (id.to_owned(), None),
            },
            Some(("token", id)) => (format!("token {id}"), tokens.then(|| format!("/dashboard/tokens/{id}"))),
            Some(("client", id)) => (format!("app {id}"), apps.then(|| format!("/dashboard/apps/{id}"))),
            _ if actor == "system" => ("Jeton itself".to_owned(), None),
            _ if actor == "cli" => ("the command line".to_owned(), None),
            _ => (actor.to_owned(), None),
        };
        ActorView { words, address }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_told_as_people_read_it() {
        let names = HashMap::from([("usr_0123456789ab".to_owned(), "ada".to_owned())]);
        let actors = Actors { names, own: "usr_me0123456789".to_owned(), may_see: (true, true, false) };
        let told = |actor: &str| (actors.view(actor).words, actors.view(actor).address);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(told("user:usr_0123456789ab"), ("ada".to_owned(), some("/dashboard/people/usr_0123456789ab")));
        assert_eq!(told("user:usr_me0123456789"), ("you".to_owned(), None));
        assert_eq!(told("user:usr_gone01234567"), ("usr_gone01234567".to_owned(), None));
        assert_eq!(told("token:0123456789ab"), ("token 0123456789ab".to_owned(), some("/dashboard/tokens/0123456789ab")));
        assert_eq!(told("client:app_0123456789ab"), ("app app_0123456789ab".to_owned(), None), "who may not look is led nowhere");
        assert_eq!(told("system"), ("Jeton itself".to_owned(), None));
        assert_eq!(told("cli"), ("the command line".to_owned(), None));
    }
}
