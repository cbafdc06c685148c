//! How many tokens a cut would end: for whoever looks before he cuts. Bounded, and decides nothing.

use crate::{
    error::Result,
    fault::Fault,
    link::{Link, fetch_one},
    store::{Engine, Store, read::read},
};
use jeton_core::{
    cut::{CutScope, CutWhat},
    limits,
    timestamp::Timestamp,
};

/// The tokens of an organisation that are not revoked and were issued up to an instant, as far as they are counted.
macro_rules! count {
    ($narrowed:literal) => {
        concat!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM tokens t WHERE t.organisation = $1 AND t.kind <> 'cls' AND t.state <> 'revoked' \
             AND COALESCE(t.expires_at, 9223372036854775807) > $2 AND t.issued_at <= $3 AND ",
            $narrowed,
            " LIMIT $4) AS counted"
        )
    };
}

impl Store {
    /// About how many living tokens a cut of `scope` at `now` would end, up to [`limits::CUT_COUNTED_MAX`].
    pub async fn count_cut(&self, scope: &CutScope, until: Timestamp, now: Timestamp) -> Result<u64> {
        let engine = self.engine();
        read!(self, link => count(link, engine, scope, until, now))
    }
}

async fn count(link: &mut Link<'_>, engine: Engine, scope: &CutScope, until: Timestamp, now: Timestamp) -> std::result::Result<u64, Fault> {
    let text = match (&scope.what, engine) {
        (CutWhat::Subject(_), _) => count!("t.subject = $5"),
        (CutWhat::Project(_), _) => count!("t.project = $5"),
        (CutWhat::Client(_), Engine::Sqlite) => count!("json_extract(t.policy, '$.client_id') = $5"),
        (CutWhat::Client(_), Engine::Postgres) => count!("(t.policy::json ->> 'client_id') = $5"),
        (CutWhat::SigningKey(_), Engine::Sqlite) => count!("json_extract(t.policy, '$.signed_by') = $5"),
        (CutWhat::SigningKey(_), Engine::Postgres) => count!("(t.policy::json ->> 'signed_by') = $5"),
        (CutWhat::Everything, _) => count!("$5 = ''"),
    };
    let value = scope.what.value().unwrap_or_default();
    let (counted,) =
        fetch_one!(link, (i64,), text, scope.organisation.to_string(), now.as_micros(), until.as_micros(), limits::CUT_COUNTED_MAX, value)?;
    Ok(counted.unsigned_abs())
}
