//! Refresh of sixty-four families at once, against two other authorization servers. Each answer must bring the next token: an error
//! anywhere fails the row.

use crate::{
    contest::{self, Side},
    report::{Goal, Line},
    rows::issue,
};
use anyhow::Result;

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let mut sides = Vec::new();
    for contestant in [contest::jeton().await?, contest::oidc_provider()?, contest::glewlwyd()?] {
        let lanes = contestant.families().await?;
        sides.push(Side { contestant, lanes });
    }
    let mut lines = contest::compare("refresh", sides, Some(Goal::AtLeast(2_000.0)), None).await?;
    let syncs = issue::syncs_per_second(tempfile::tempdir()?.path())?;
    if let Some(first) = lines.first_mut() {
        first.note.push_str(&format!("; the disk syncs {syncs:.0} small appends a second"));
    }
    Ok(lines)
}
