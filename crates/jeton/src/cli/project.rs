//! `jeton project`: what API keys belong to.

use super::{
    Exit, Failure, Outcome, confirm,
    connection::Connection,
    describe::{self, text},
    output::{Output, Tone},
    paging::{self, Paging},
    token::more,
};
use crate::client::{Authority, Call};
use clap::{Args, Subcommand};
use jeton_core::id::ProjectId;
use serde_json::{Value, json};

/// Projects, which API keys belong to
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct ProjectCommand {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a project
    Add {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// List projects
    List {
        #[command(flatten)]
        paging: Paging,
    },
    /// Show a project
    Show {
        /// Its id or name
        #[arg(value_name = "PROJECT")]
        project: String,
    },
    /// Remove a project that no living token belongs to
    Remove {
        /// Its id or name
        #[arg(value_name = "PROJECT")]
        project: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

impl ProjectCommand {
    /// Runs the verb.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let authority = self.connection.open()?;
        match self.verb {
            Verb::Add { name } => add(&authority, output, &name).await,
            Verb::List { paging } => list(&authority, output, &paging).await,
            Verb::Show { project } => show(output, &find(&authority, &project).await?),
            Verb::Remove { project, yes } => remove(&authority, output, &project, yes).await,
        }
    }
}

async fn find(authority: &Authority, wanted: &str) -> Result<Value, Failure> {
    if ProjectId::parse(wanted).is_ok() {
        return Ok(authority.call(Call::get(&format!("/v1/projects/{wanted}"))).await?.body);
    }
    let projects = paging::read_all(authority, "/v1/projects").await?;
    projects.into_iter().find(|project| text(project, "/name") == wanted).ok_or_else(|| {
        Failure::not_found(format!("there is no project with the id or name `{}`", wanted.escape_debug()))
            .fix("`jeton project list` shows those that there are")
    })
}

async fn add(authority: &Authority, output: &Output, name: &str) -> Outcome {
    let project = authority.call(Call::post("/v1/projects").body(json!({ "name": name }))).await?.body;
    if output.json {
        output.document(&project)?;
    } else {
        output.remark_toned(Tone::Good, "added", &format!("`{}` as {}", text(&project, "/name"), text(&project, "/id")));
    }
    Ok(Exit::Done)
}

async fn list(authority: &Authority, output: &Output, paging: &Paging) -> Outcome {
    let page = paging::read(authority, "/v1/projects", &[], paging).await?;
    if output.json {
        output.document(&page)?;
        return Ok(Exit::Done);
    }
    let row =
        |project: &Value| vec![text(project, "/id").to_owned(), text(project, "/name").to_owned(), output.when(project.get("created_at"))];
    let rows: Vec<_> = describe::list(&page, "/items").iter().map(row).collect();
    if rows.is_empty() {
        output.remark("there is no project yet: add one with `jeton project add NAME`");
        return Ok(Exit::Done);
    }
    output.list(&["id", "name", "added"], &rows)?;
    more(output, text(&page, "/next"));
    Ok(Exit::Done)
}

fn show(output: &Output, project: &Value) -> Outcome {
    if output.json {
        output.document(project)?;
    } else {
        output.pairs(&[
            ("id", text(project, "/id").to_owned()),
            ("name", text(project, "/name").to_owned()),
            ("added", output.when(project.get("created_at"))),
            ("version", describe::number(project, "/version")),
        ])?;
    }
    Ok(Exit::Done)
}

async fn remove(authority: &Authority, output: &Output, wanted: &str, yes: bool) -> Outcome {
    let project = find(authority, wanted).await?;
    let (id, name) = (text(&project, "/id"), text(&project, "/name"));
    confirm::ask(&format!("remove the project `{name}`?"), yes)?;
    authority.call(Call::delete(&format!("/v1/projects/{id}"))).await?;
    if output.json {
        output.document(&json!({ "removed": id }))?;
    } else {
        output.remark_toned(Tone::Good, "removed", &format!("`{name}` ({id})"));
    }
    Ok(Exit::Done)
}
