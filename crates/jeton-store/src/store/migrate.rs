//! Bringing the tables up to date. Forward only, embedded in the program; a database newer than the program is refused.

use super::open::Source;
use crate::{
    error::{Result, StoreError},
    fault::Fault,
    link::Conn,
};
use sqlx::{
    SqlSafeStr,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};
use std::time::Duration;

/// The migrations of one engine, each from its file: `migrations/ENGINE/VERSION_NAME.sql`.
macro_rules! migrations {
    ($engine:literal: $($version:literal $digits:literal $name:literal),* $(,)?) => {
        Migrator::with_migrations(vec![$(Migration::new(
            $version,
            $name.into(),
            MigrationType::Simple,
            include_str!(concat!("../../migrations/", $engine, "/", $digits, "_", $name, ".sql")).into_sql_str(),
            false,
        )),*])
    };
}

/// What each version adds. One that was released is never edited: its text is compared with what the database was made by.
macro_rules! all_migrations {
    ($engine:literal) => {
        migrations!(
            $engine: 1 "0001" "base", 2 "0002" "use", 3 "0003" "quota", 4 "0004" "oauth", 5 "0005" "accounts", 6 "0006" "policy",
            7 "0007" "apps", 8 "0008" "verifiers", 9 "0009" "subjects", 10 "0010" "limits", 11 "0011" "jobs",
            12 "0012" "lighter", 13 "0013" "checks"
        )
    };
}

/// A migration may take this many deadlines: it may rewrite a table.
const PATIENCE: u32 = 100;

/// Applies what is missing. Two processes that start at once do it one after the other.
pub(super) async fn run(source: &Source, deadline: Duration) -> Result<()> {
    let mut conn = source.connect(deadline).await?;
    let patience = deadline.saturating_mul(PATIENCE);
    let work = async {
        match &mut conn {
            Conn::Sqlite(own) => all_migrations!("sqlite").run(&mut **own).await,
            Conn::Postgres(own) => {
                sqlx::query("SET statement_timeout = 0").execute(&mut **own).await?;
                sqlx::query("SET lock_timeout = 0").execute(&mut **own).await?;
                all_migrations!("postgres").run(&mut **own).await
            }
        }
    };
    tokio::time::timeout(patience, work).await.map_err(|_| Fault::Late(patience))?.map_err(explain)
}

fn explain(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(version) => StoreError::Conflict(format!(
            "the database was written by a newer program (its tables are at version {version}): update this one"
        )),
        MigrateError::VersionMismatch(version) => {
            StoreError::Conflict(format!("version {version} of the database's tables is not the one that this program knows"))
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Fault::Engine(error).into(),
        other => StoreError::Unavailable(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_migration() {
        for (engine, migrator) in [("sqlite", all_migrations!("sqlite")), ("postgres", all_migrations!("postgres"))] {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations").to_owned() + "/" + engine;
            let mut files: Vec<_> = std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").file_name()).collect();
            files.sort();
            let known: Vec<std::ffi::OsString> =
                migrator.iter().map(|migration| format!("{:04}_{}.sql", migration.version, migration.description).into()).collect();
            assert_eq!(files, known);
        }
    }
}
