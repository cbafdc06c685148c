//! One text of SQL for both engines: a borrowed connection of either, and macros that compile the same statement for both.
//!
//! Statements are constants; values are always bound (`$1`, `$2`, …), never written into a statement.

use sqlx::{PgConnection, SqliteConnection};

/// A connection to work on.
pub(crate) enum Link<'c> {
    /// SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// PostgreSQL.
    Postgres(&'c mut PgConnection),
}

/// A connection of the writer's own.
pub(crate) enum Conn {
    /// SQLite.
    Sqlite(Box<SqliteConnection>),
    /// PostgreSQL.
    Postgres(Box<PgConnection>),
}

impl Conn {
    /// Ends it in good order.
    pub(crate) async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(own) => sqlx::Connection::close(*own).await,
            Self::Postgres(own) => sqlx::Connection::close(*own).await,
        }
    }
    /// Borrows it.
    pub(crate) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(own) => Link::Sqlite(own),
            Self::Postgres(own) => Link::Postgres(own),
        }
    }
}

/// Compiles `$body` once for each engine, with `$c` the connection to execute on.
macro_rules! each {
    ($link:expr, $c:ident => $body:expr) => {{
        #[cfg(feature = "testing")]
        $crate::testing::count();
        match $link {
            $crate::link::Link::Sqlite(own) => {
                let $c = &mut **own;
                $body
            }
            $crate::link::Link::Postgres(own) => {
                let $c = &mut **own;
                $body
            }
        }
    }};
}

/// Executes a statement; gives the number of rows that it touched.
macro_rules! execute {
    ($link:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::link::each!($link, c => sqlx::query($sql)$(.bind($bind))*.execute(c).await.map(|done| done.rows_affected()))
    };
}

/// Fetches at most one row of type `$row`, a tuple or a struct that derives `FromRow`.
macro_rules! fetch_optional {
    ($link:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::link::each!($link, c => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(c).await)
    };
}

/// Fetches exactly one row of type `$row`.
macro_rules! fetch_one {
    ($link:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::link::each!($link, c => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_one(c).await)
    };
}

/// Fetches all rows of type `$row`. For statements that bound themselves.
macro_rules! fetch_all {
    ($link:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::link::each!($link, c => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(c).await)
    };
}

/// Inserts many rows with as few statements as give a bounded number of texts to prepare: runs of 128, 96, 64, … 1 rows.
/// `$head` is `INSERT INTO t (a, b) `; `$push` binds the columns of one row to a `Separated`.
macro_rules! insert_all {
    ($link:expr, $head:expr, $rows:expr, |$values:ident, $row:ident| $push:expr) => {{
        let mut rest = $rows;
        let mut done = Ok(());
        while done.is_ok() && !rest.is_empty() {
            let size = $crate::link::run_length(rest.len());
            let (now, later) = rest.split_at(size);
            rest = later;
            done = $crate::link::each!($link, c => {
                let mut builder = sqlx::QueryBuilder::new($head);
                builder.push_values(now, |mut $values, $row| { $push; });
                builder.build().execute(c).await.map(|_| ())
            });
        }
        done
    }};
}

/// Inserts many rows whose columns are `$value`: on SQLite as [`insert_all!`] does; on PostgreSQL with one statement whatever their
/// number, `$unnest`, which takes an array for each column. Who is told of a fault must roll back: on SQLite rows before the faulty one
/// may stay (`$head` says `INSERT OR FAIL`), since to keep the means of taking them out costs a copy of every page that they touch.
macro_rules! insert_rows {
    ($link:expr, $head:expr, $unnest:expr, $rows:expr, |$row:ident| $($value:expr),+ $(,)?) => {
        match $link {
            $crate::link::Link::Postgres(own) => {
                let query = sqlx::query::<sqlx::Postgres>($unnest)$(.bind($rows.iter().map(|$row| $value).collect::<Vec<_>>()))+;
                query.execute(&mut **own).await.map(|_| ())
            }
            link => $crate::link::insert_all!(link, $head, $rows, |values, $row| values$(.push_bind($value))+),
        }
    };
}

/// The same with what follows after the rows: `$tail` is `ON CONFLICT …`. No two rows of `$rows` may conflict with each other.
macro_rules! upsert_all {
    ($link:expr, $head:expr, $tail:expr, $rows:expr, |$values:ident, $row:ident| $push:expr) => {{
        let mut rest = $rows;
        let mut done = Ok(());
        while done.is_ok() && !rest.is_empty() {
            let size = $crate::link::run_length(rest.len());
            let (now, later) = rest.split_at(size);
            rest = later;
            done = $crate::link::each!($link, c => {
                let mut builder = sqlx::QueryBuilder::new($head);
                builder.push_values(now, |mut $values, $row| { $push; });
                builder.push($tail);
                builder.build().execute(c).await.map(|_| ())
            });
        }
        done
    }};
}

/// Changes many rows with as few statements: `$head` is `UPDATE t SET a = v.column2 FROM (`, `$tail` says which row each of the values,
/// called `v`, belongs to. Gives the number of rows that were touched. No two of `$rows` may be for the same one.
macro_rules! update_all {
    ($link:expr, $head:expr, $tail:expr, $rows:expr, |$values:ident, $row:ident| $push:expr) => {{
        let mut rest = $rows;
        let mut touched = Ok(0);
        while let (Ok(before), false) = (&touched, rest.is_empty()) {
            let before: u64 = *before;
            let size = $crate::link::run_length(rest.len());
            let (now, later) = rest.split_at(size);
            rest = later;
            touched = $crate::link::each!($link, c => {
                let mut builder = sqlx::QueryBuilder::new($head);
                builder.push_values(now, |mut $values, $row| { $push; });
                builder.push($tail);
                builder.build().execute(c).await.map(|done| before.saturating_add(done.rows_affected()))
            });
        }
        touched
    }};
}

pub(crate) use {each, execute, fetch_all, fetch_one, fetch_optional, insert_all, insert_rows, update_all, upsert_all};

/// The longest run, of few lengths, that is not above `left`: any number of rows up to 128 comes to four runs at most, and few texts
/// are prepared.
pub(crate) fn run_length(left: usize) -> usize {
    [128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2].into_iter().find(|size| *size <= left).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::run_length;

    #[test]
    fn runs_are_few() {
        for rows in 1..=128usize {
            let (mut left, mut runs) = (rows, 0);
            while left > 0 {
                left -= run_length(left);
                runs += 1;
            }
            assert!(runs <= 4, "{rows} rows came to {runs} runs");
        }
    }
}
