//! `jeton api list`.

use crate::cli::{
    Exit, Outcome,
    connection::Connection,
    describe::{self, text},
    output::Output,
    paging::{self, Paging},
    token::more,
};
use clap::Args;

/// List APIs
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    paging: Paging,
}

impl List {
    /// Lists them.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let page = paging::read(&connection.open()?, "/v1/apis", &[], &self.paging).await?;
        if output.json {
            output.document(&page)?;
            return Ok(Exit::Done);
        }
        let apis = describe::list(&page, "/items");
        if apis.is_empty() {
            output.remark("there is no API yet: declare one with `jeton api add --audience URI --name NAME --scope SCOPE=WORDS`");
            return Ok(Exit::Done);
        }
        let rows: Vec<_> = apis
            .iter()
            .map(|api| {
                let scopes: Vec<_> = describe::list(api, "/scopes").iter().map(|scope| text(scope, "/scope")).collect();
                vec![
                    text(api, "/id").to_owned(),
                    text(api, "/name").to_owned(),
                    text(api, "/audience").to_owned(),
                    output.few(&scopes.join(" ")),
                ]
            })
            .collect();
        output.list(&["id", "name", "audience", "scopes"], &rows)?;
        more(output, text(&page, "/next"));
        Ok(Exit::Done)
    }
}
