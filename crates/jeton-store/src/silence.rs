//! Rotations that end by themselves once the old secret is silent: noted with the rotation, ended by a job, and watched afterwards for
//! uses of the secret that is over.
//!
//! Verifiers know nothing of this: for them the old secret lives until the end that stands in its token's row. A note that is lost or
//! late only makes an overlap as long as it was allowed to be at most.

mod end;
mod late;

use crate::{
    error::Result,
    fault::Fault,
    link::{Link, execute, fetch_optional},
    marks::{Marks, tampered},
    row::row,
    store::{Store, read::read},
    writer::Tx,
};
use jeton_core::{
    id::TokenId,
    mark::MarkedFields,
    timestamp::{Span, Timestamp},
};

/// A rotation whose overlap ends when the old secret is silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentRotation {
    /// The token.
    pub token: TokenId,
    /// The secret that it was given, counted.
    pub generation: i64,
    /// When it was rotated.
    pub began_at: Timestamp,
    /// How long the old secret must not have been used, in seconds.
    pub quiet_seconds: u32,
    /// When the overlap ended.
    pub ended_at: Option<Timestamp>,
    /// When it was reported that the old secret was used after that.
    pub reported_at: Option<Timestamp>,
}

impl SilentRotation {
    /// How long the old secret must not have been used.
    pub const fn quiet(&self) -> Span {
        Span::from_seconds(self.quiet_seconds)
    }
}

row! {
    struct SilenceRow {
        token: String,
        generation: i64,
        began_at: i64,
        quiet_seconds: i64,
        ended_at: Option<i64>,
        reported_at: Option<i64>,
        mark: Vec<u8>,
    }
}

const FIND: &str = "SELECT token, generation, began_at, quiet_seconds, ended_at, reported_at, mark FROM silent_rotations WHERE token = $1";
const PUT: &str = "INSERT INTO silent_rotations (token, generation, began_at, quiet_seconds, ended_at, reported_at, mark) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (token) DO UPDATE SET generation = excluded.generation, \
                   began_at = excluded.began_at, quiet_seconds = excluded.quiet_seconds, ended_at = excluded.ended_at, \
                   reported_at = excluded.reported_at, mark = excluded.mark";

impl SilenceRow {
    fn sealed(own: &SilentRotation, marks: &Marks) -> Self {
        let mut row = Self {
            token: own.token.to_string(),
            generation: own.generation,
            began_at: own.began_at.as_micros(),
            quiet_seconds: i64::from(own.quiet_seconds),
            ended_at: own.ended_at.map(Timestamp::as_micros),
            reported_at: own.reported_at.map(Timestamp::as_micros),
            mark: Vec::new(),
        };
        row.mark = marks.mark(&row.fields());
        row
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("silent_rotations")
            .text(&self.token)
            .number(self.generation)
            .number(self.began_at)
            .number(self.quiet_seconds)
            .maybe_number(self.ended_at)
            .maybe_number(self.reported_at)
    }
    fn read(self, marks: &Marks) -> std::result::Result<SilentRotation, Fault> {
        marks.check("silent_rotations", &self.token, &self.fields(), &self.mark)?;
        Ok(SilentRotation {
            token: TokenId::parse(&self.token).map_err(|_| tampered("silent_rotations", &self.token, "its token's id is none"))?,
            generation: self.generation,
            began_at: Timestamp::from_micros(self.began_at),
            quiet_seconds: u32::try_from(self.quiet_seconds).unwrap_or(u32::MAX),
            ended_at: self.ended_at.map(Timestamp::from_micros),
            reported_at: self.reported_at.map(Timestamp::from_micros),
        })
    }
}

impl Store {
    /// The newest rotation of a token that ends, or ended, by silence.
    pub async fn silent_rotation(&self, token: TokenId) -> Result<Option<SilentRotation>> {
        read!(self, link => find(link, self.marks(), token))
    }
}

async fn find(link: &mut Link<'_>, marks: &Marks, token: TokenId) -> std::result::Result<Option<SilentRotation>, Fault> {
    fetch_optional!(link, SilenceRow, FIND, token.to_string())?.map(|row| row.read(marks)).transpose()
}

async fn put(tx: &mut Tx<'_>, own: &SilentRotation) -> std::result::Result<(), Fault> {
    let row = SilenceRow::sealed(own, tx.marks());
    let SilenceRow { token, generation, began_at, quiet_seconds, ended_at, reported_at, mark } = &row;
    execute!(&mut tx.link, PUT, token.as_str(), *generation, *began_at, *quiet_seconds, *ended_at, *reported_at, mark.as_slice())?;
    Ok(())
}

/// Notes a rotation that was just made, in its transaction; one that ends at a fixed time takes the note of an earlier one away.
pub(crate) async fn note(
    tx: &mut Tx<'_>,
    token: TokenId,
    generation: i64,
    began_at: Timestamp,
    quiet_seconds: Option<u32>,
) -> std::result::Result<(), Fault> {
    let Some(quiet_seconds) = quiet_seconds else {
        execute!(&mut tx.link, "DELETE FROM silent_rotations WHERE token = $1", token.digits())?;
        return Ok(());
    };
    put(tx, &SilentRotation { token, generation, began_at, quiet_seconds, ended_at: None, reported_at: None }).await
}
