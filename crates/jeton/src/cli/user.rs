//! `jeton user`: people's accounts.

mod help;

use super::{
    Exit, Failure, Outcome, confirm,
    connection::Connection,
    describe::{self, text},
    output::{Output, Tone},
    paging::{self, Paging},
    secret,
    token::more,
};
use crate::client::{Authority, Call};
use clap::{Args, Subcommand};
use jeton_core::id::UserId;
use jeton_store::user::Role;
use serde_json::{Value, json};
use zeroize::Zeroizing;

const ADD: &str = "\
Examples:
  jeton user add ada --email ada@example.com --role operator
  printf %s \"$PASSWORD\" | jeton user add ada --password-stdin

A password has 15 characters or more, or at least 8 that are very hard to guess.";

/// People's accounts
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct UserCommand {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add an account
    #[command(after_help = ADD)]
    Add {
        /// The name to sign in with
        #[arg(value_name = "NAME")]
        name: String,
        /// Where to write to
        #[arg(long, value_name = "EMAIL")]
        email: Option<String>,
        /// What the person may do: owner, operator, approver, developer or auditor
        #[arg(long, value_name = "ROLE", default_value = "developer", value_parser = role)]
        role: Role,
        /// Read a password to sign in with from stdin
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give an account a password, or another one, which ends its sessions
    #[command(after_help = "Example:\n  printf %s \"$PASSWORD\" | jeton user password ada --password-stdin")]
    Password {
        /// Its id, e-mail address or name
        #[arg(value_name = "USER")]
        user: String,
        /// Read the password from stdin: the only place where it may come from
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List accounts
    List {
        #[command(flatten)]
        paging: Paging,
    },
    /// Show an account
    Show {
        /// Its id, e-mail address or name
        #[arg(value_name = "USER")]
        user: String,
    },
    /// Invite somebody, who then makes an account: by mail, or with a link that you hand over
    #[command(
        after_help = "Examples:\n  jeton user invite --email ada@example.com --role operator\n  jeton user invite --role developer --hand-over"
    )]
    Invite {
        /// The address that the account will have, and where the invitation is sent
        #[arg(long, value_name = "EMAIL")]
        email: Option<String>,
        /// What the person may do: owner, operator, approver, developer or auditor
        #[arg(long, value_name = "ROLE", default_value = "developer", value_parser = role)]
        role: Role,
        /// Print the link instead of sending it
        #[arg(long)]
        hand_over: bool,
    },
    /// Make a link by which somebody chooses another password: good once, for a day
    Link {
        /// Its id, e-mail address or name
        #[arg(value_name = "USER")]
        user: String,
    },
    /// Take somebody's passkeys, one-time passwords and recovery codes away, which ends the sessions
    #[command(name = "reset-factors")]
    ResetFactors {
        /// Its id, e-mail address or name
        #[arg(value_name = "USER")]
        user: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Disable an account, which keeps it in lists and in the audit log
    Disable {
        /// Its id, e-mail address or name
        #[arg(value_name = "USER")]
        user: String,
    },
    /// Remove an account
    Remove {
        /// Its id, e-mail address or name
        #[arg(value_name = "USER")]
        user: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "must be owner, operator, approver, developer or auditor".to_owned())
}

impl UserCommand {
    /// Runs the verb.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let authority = self.connection.open()?;
        match self.verb {
            Verb::Add { name, email, role, password_stdin } => {
                let password = password_stdin.then(secret::new_password).transpose()?;
                add(&authority, output, &name, email.as_deref(), role, password).await
            }
            Verb::Password { user, password_stdin: _ } => password(&authority, output, &user).await,
            Verb::List { paging } => list(&authority, output, &paging).await,
            Verb::Show { user } => show(output, &find(&authority, &user).await?),
            Verb::Invite { email, role, hand_over } => help::invite(&authority, output, email.as_deref(), role, hand_over).await,
            Verb::Link { user } => help::link(&authority, output, &user).await,
            Verb::ResetFactors { user, yes } => help::reset_factors(&authority, output, &user, yes).await,
            Verb::Disable { user } => disable(&authority, output, &user).await,
            Verb::Remove { user, yes } => remove(&authority, output, &user, yes).await,
        }
    }
}

async fn find(authority: &Authority, wanted: &str) -> Result<Value, Failure> {
    if UserId::parse(wanted).is_ok() {
        return Ok(authority.call(Call::get(&format!("/v1/users/{wanted}"))).await?.body);
    }
    let users = paging::read_all(authority, "/v1/users").await?;
    let named = |user: &Value| text(user, "/email").eq_ignore_ascii_case(wanted) || text(user, "/name") == wanted;
    users.into_iter().find(named).ok_or_else(|| {
        Failure::not_found(format!("there is no account with the id, e-mail address or name `{}`", wanted.escape_debug()))
            .fix("`jeton user list` shows those that there are")
    })
}

async fn add(
    authority: &Authority,
    output: &Output,
    name: &str,
    email: Option<&str>,
    role: Role,
    password: Option<Zeroizing<String>>,
) -> Outcome {
    let mut request = json!({ "name": name, "role": role.as_str() });
    if let Some(members) = request.as_object_mut() {
        members.extend(email.map(|email| ("email".to_owned(), json!(email))));
        members.extend(password.map(|password| ("password".to_owned(), json!(*password))));
    }
    let user = authority.call(Call::post("/v1/users").body(request)).await?.body;
    if output.json {
        output.document(&user)?;
    } else {
        output.remark_toned(Tone::Good, "added", &format!("`{}` as {}", text(&user, "/name"), text(&user, "/id")));
    }
    Ok(Exit::Done)
}

async fn password(authority: &Authority, output: &Output, wanted: &str) -> Outcome {
    let password = secret::new_password()?;
    let user = find(authority, wanted).await?;
    let path = format!("/v1/users/{}/password", text(&user, "/id"));
    let user = authority.call(Call::put(&path).body(json!({ "password": *password }))).await?.body;
    if output.json {
        output.document(&user)?;
    } else {
        output.remark_toned(Tone::Good, "changed", &format!("the password of `{}`; its sessions are over", text(&user, "/name")));
    }
    Ok(Exit::Done)
}

async fn list(authority: &Authority, output: &Output, paging: &Paging) -> Outcome {
    let page = paging::read(authority, "/v1/users", &[], paging).await?;
    if output.json {
        output.document(&page)?;
        return Ok(Exit::Done);
    }
    let row = |user: &Value| {
        let mut row: Vec<_> = ["/id", "/name", "/email", "/role"].map(|pointer| text(user, pointer).to_owned()).into();
        row.push(state(user).to_owned());
        row
    };
    let rows: Vec<_> = describe::list(&page, "/items").iter().map(row).collect();
    if rows.is_empty() {
        output.remark("there is no account yet: add one with `jeton user add NAME --email EMAIL`");
        return Ok(Exit::Done);
    }
    output.list(&["id", "name", "e-mail", "role", "state"], &rows)?;
    more(output, text(&page, "/next"));
    Ok(Exit::Done)
}

fn state(user: &Value) -> &'static str {
    if user.get("disabled").and_then(Value::as_bool) == Some(true) { "disabled" } else { "active" }
}

fn show(output: &Output, user: &Value) -> Outcome {
    if output.json {
        output.document(user)?;
    } else {
        output.pairs(&[
            ("id", text(user, "/id").to_owned()),
            ("name", text(user, "/name").to_owned()),
            ("e-mail", text(user, "/email").to_owned()),
            ("role", text(user, "/role").to_owned()),
            ("state", state(user).to_owned()),
            ("added", output.when(user.get("created_at"))),
        ])?;
    }
    Ok(Exit::Done)
}

async fn disable(authority: &Authority, output: &Output, wanted: &str) -> Outcome {
    let user = find(authority, wanted).await?;
    let path = format!("/v1/users/{}/disable", text(&user, "/id"));
    let user = authority.call(Call::post(&path).body(json!({}))).await?.body;
    if output.json {
        output.document(&user)?;
    } else {
        output.remark_toned(Tone::Good, "disabled", &format!("`{}`", text(&user, "/name")));
    }
    Ok(Exit::Done)
}

async fn remove(authority: &Authority, output: &Output, wanted: &str, yes: bool) -> Outcome {
    let user = find(authority, wanted).await?;
    let (id, name) = (text(&user, "/id"), text(&user, "/name"));
    confirm::ask(&format!("remove the account of `{name}`?"), yes)?;
    authority.call(Call::delete(&format!("/v1/users/{id}"))).await?;
    if output.json {
        output.document(&json!({ "removed": id }))?;
    } else {
        output.remark_toned(Tone::Good, "removed", &format!("`{name}` ({id})"));
    }
    Ok(Exit::Done)
}
