//! `jeton client list`.

use crate::cli::{
    Exit, Outcome,
    connection::Connection,
    describe::{self, text},
    output::Output,
    paging::{self, Paging},
    token::more,
};
use clap::Args;
use jeton_store::client::{ClientSource, ClientState};

/// List clients, the newest first
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jeton client list --waiting\n  jeton client list --source dynamic --state approved --all")]
pub(crate) struct List {
    /// Only those in this state
    #[arg(long, value_name = "STATE", value_parser = ClientState::ALL.map(ClientState::as_str))]
    state: Option<String>,
    /// Only those that came from there
    #[arg(long, value_name = "SOURCE", value_parser = ClientSource::ALL.map(ClientSource::as_str))]
    source: Option<String>,
    /// Only those of which something waits for approval
    #[arg(long)]
    waiting: bool,
    #[command(flatten)]
    paging: Paging,
}

impl List {
    /// Lists them.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let waiting = self.waiting.then(|| "true".to_owned());
        let query = [("state", self.state), ("source", self.source), ("waiting", waiting)];
        let page = paging::read(&connection.open()?, "/v1/clients", &query, &self.paging).await?;
        if output.json {
            output.document(&page)?;
            return Ok(Exit::Done);
        }
        let clients = describe::list(&page, "/items");
        if clients.is_empty() {
            output.remark("there is no such client: register one with `jeton client register --metadata -`");
            return Ok(Exit::Done);
        }
        let row = |client: &serde_json::Value| {
            vec![
                text(client, "/id").to_owned(),
                text(client, "/name").to_owned(),
                super::state(output, client),
                text(client, "/source").to_owned(),
                output.few(text(client, "/metadata/scope")),
            ]
        };
        let rows: Vec<_> = clients.iter().map(row).collect();
        output.list(&["id", "name", "state", "source", "scope"], &rows)?;
        more(output, text(&page, "/next"));
        Ok(Exit::Done)
    }
}
