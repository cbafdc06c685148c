//! The form in which somebody gives an account its first way in: name, address, and a password or a passkey.

use crate::{
    authority::Authority,
    links::LinkSecret,
    newcomer::{self, Newcomer, NewcomerFault, Way},
    pages::{asset, csrf, form::Form},
    passkeys::Challenge,
    password::Password,
};
use http::{HeaderMap, HeaderValue};
use jeton_store::account_link::AccountLink;

/// What the form shows.
#[derive(Debug)]
pub struct NewcomerForm {
    /// Where it goes.
    pub action: &'static str,
    /// Its token.
    pub csrf: String,
    /// The name as it was typed.
    pub name: String,
    /// The address.
    pub email: String,
    /// Whether the address is the invitation's.
    pub is_email_fixed: bool,
    /// What a script needs to offer a passkey.
    pub passkey: Option<Challenge>,
    /// The field that breaks a rule, and the rule as a sentence.
    pub fault: Option<(&'static str, String)>,
    /// A cookie to be set with the page.
    pub set_cookie: Option<HeaderValue>,
}

impl NewcomerForm {
    /// A fresh one, or one that shows what was typed.
    pub fn of(
        authority: &Authority,
        action: &'static str,
        (secret, link): (&LinkSecret, &AccountLink),
        headers: &HeaderMap,
        typed: Option<(&Form, (&'static str, String))>,
    ) -> Self {
        let token = csrf::for_browser(authority, headers);
        let passkey = newcomer::challenge(authority, secret, link, &token.browser);
        let (name, email, fault) = match typed {
            Some((form, fault)) => (form.field("name").to_owned(), form.field("email").to_owned(), Some(fault)),
            None => (String::new(), String::new(), None),
        };
        let is_email_fixed = link.user.is_none() && link.email.is_some();
        let email = if is_email_fixed { link.email.clone().unwrap_or_default() } else { email };
        Self { action, csrf: token.token, name, email, is_email_fixed, passkey, fault, set_cookie: token.set_cookie }
    }
    /// What is wrong with a field.
    pub fn fault_of(&self, field: &str) -> Option<&str> {
        self.fault.as_ref().filter(|(own, _)| *own == field).map(|(_, words)| words.as_str())
    }
    /// The address of the script.
    pub fn passkey_script(&self) -> &'static str {
        &asset::PASSKEY.path
    }
}

/// What was filled in.
pub fn read(form: &Form) -> Result<Newcomer<'_>, (&'static str, String)> {
    let (name, email) = (form.field("name"), form.field("email"));
    let way = match form.field("credential") {
        "" => {
            let password = form.field("password");
            if password != form.field("again") {
                return Err(("password", "The two passwords are not the same.".to_owned()));
            }
            Way::Password(Password::new(password))
        }
        answer => Way::Passkey { state: form.field("state"), answer },
    };
    Ok(Newcomer { name, email, way })
}

/// What to show of a fault in the form; nothing where the form is not what it is about.
pub fn shown(fault: &NewcomerFault) -> Option<(&'static str, String)> {
    match fault {
        NewcomerFault::Field(field, rule) => Some((field, format!("This {field} {rule}."))),
        NewcomerFault::Passkey(_) => Some(("passkey", "The passkey was not taken. Try again, or choose a password.".to_owned())),
        NewcomerFault::Link | NewcomerFault::Busy(_) | NewcomerFault::Store(_) => None,
    }
}
