//! After a rotation of the master key: every row's mark and every sealed key again under the current one, in bounded batches.
//! Can be stopped and begun again at any time: both keys are good until it is through.
//!
//! The audit chain is not linked anew: a chain that could be written anew would prove nothing. Keep the old master keys in the
//! key file (behind the current one) for as long as the chain is to be verified.

use crate::{
    backup::{PASSING, TABLES, Table, Value, read_after, update_mark},
    error::Result,
    fault::Fault,
    link::{execute, fetch_optional},
    marks::tampered,
    outside::{installation, write_installation},
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{limits, mark::MarkedFields, seal, timestamp::Timestamp};

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemarkReport {
    /// Rows that were marked anew.
    pub rows: u64,
    /// Signing keys, the key of pairwise subjects and secrets of one-time passwords that were sealed anew.
    pub sealed: u64,
    /// Rows that do not carry their mark: changed from outside, and left as they are. Table and key.
    pub tampered: Vec<(String, String)>,
}

/// One batch of one table.
struct Step {
    table: &'static Table,
    after: Value,
}

/// What a batch came to, and where the next one begins.
struct Stepped {
    report: RemarkReport,
    last: Option<Value>,
}

impl Store {
    /// Marks everything anew that is not marked under the current master key. `progress` is told the rows looked at so far.
    pub async fn remark_at(&self, now: Timestamp, mut progress: impl FnMut(u64) + Send) -> Result<RemarkReport> {
        // Subjects must not follow from a master key that may be taken away after this.
        self.subject_key_at(now).await?;
        let mut report = RemarkReport::default();
        let mut seen = 0;
        for table in TABLES.iter().chain(PASSING).filter(|table| table.is_marked()) {
            let mut after = Some(table.before_first());
            while let Some(from) = after {
                let step = self.write(Step { table, after: from }).await?;
                report.rows += step.report.rows;
                report.sealed += step.report.sealed;
                report.tampered.extend(step.report.tampered);
                seen += limits::STEP_ROWS as u64;
                progress(seen);
                after = step.last;
            }
        }
        self.write(Installation).await?;
        self.compact_journal_at(now).await?;
        self.rewrite_generation().await?;
        Ok(report)
    }
}

impl Operation for Step {
    type Answer = Stepped;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Stepped, Fault> {
        let rows = read_after(&mut tx.link, self.table, &self.after, limits::STEP_ROWS as i64).await?;
        let mut stepped = Stepped { report: RemarkReport::default(), last: None };
        for mut row in rows {
            let key = row.first().cloned().unwrap_or(Value::Text(None));
            self.mark_anew(tx, &mut row, &key, &mut stepped.report).await?;
            stepped.last = Some(key);
        }
        Ok(stepped)
    }
}

impl Step {
    async fn mark_anew(
        &self,
        tx: &mut Tx<'_>,
        row: &mut [Value],
        key: &Value,
        report: &mut RemarkReport,
    ) -> std::result::Result<(), Fault> {
        let marks = &tx.shared.marks;
        let Some((Value::Bytes(Some(mark)), _)) = row.split_last().map(|(mark, rest)| (mark.clone(), rest)) else { return Ok(()) };
        if marks.is_current(&mark) || (mark.is_empty() && self.table.name == "heads") {
            return Ok(());
        }
        if marks.check(self.table.name, &key.to_text(), &self.fields(row), &mark).is_err() {
            report.tampered.push((self.table.name.to_owned(), key.to_text()));
            return Ok(());
        }
        if let Some(sealed) = SEALED.iter().find(|sealed| sealed.table == self.table.name) {
            reseal(tx, sealed, row, key).await?;
            report.sealed += 1;
        }
        let mark = marks.mark(&self.fields(row));
        update_mark(&mut tx.link, self.table, key, &mark).await?;
        report.rows += 1;
        Ok(())
    }
    /// Every column in its order, as each noun's own mark covers it; the mark itself, and the one row's number, are not covered.
    fn fields(&self, row: &[Value]) -> MarkedFields {
        let covered = row.iter().zip(self.table.columns).filter(|(_, (name, _))| !matches!(*name, "mark" | "one"));
        covered.fold(MarkedFields::of(self.table.name), |fields, (value, _)| match value {
            Value::Text(text) => fields.maybe_text(text.as_deref()),
            Value::Number(number) => fields.maybe_number(*number),
            Value::Bytes(bytes) => fields.maybe_bytes(bytes.as_deref()),
        })
    }
}

/// A column whose values are sealed.
struct Sealed {
    table: &'static str,
    /// Which of the table's columns it is.
    at: usize,
    /// What stands before the row's key in the context that its values are sealed for.
    context: &'static str,
    update: &'static str,
}

const SEALED: [Sealed; 3] = [
    Sealed { table: "signing_keys", at: 3, context: "signing_key", update: "UPDATE signing_keys SET sealed_private = $1 WHERE kid = $2" },
    Sealed { table: "subject_keys", at: 1, context: "subject_key", update: "UPDATE subject_keys SET sealed_key = $1 WHERE name = $2" },
    Sealed { table: "totp_secrets", at: 1, context: "totp", update: "UPDATE totp_secrets SET sealed_secret = $1 WHERE account = $2" },
];

/// Opens a sealed value and seals it under the current master key.
async fn reseal(tx: &mut Tx<'_>, sealed: &Sealed, row: &mut [Value], key: &Value) -> std::result::Result<(), Fault> {
    let key = key.to_text();
    let Some(Value::Bytes(Some(value))) = row.get_mut(sealed.at) else { return Ok(()) };
    let context = format!("{}:{key}", sealed.context);
    let ring = &tx.shared.ring;
    let plain = seal::open(ring, context.as_bytes(), value).map_err(|fault| tampered(sealed.table, &key, &fault.to_string()))?;
    let mut nonce = [0; 12];
    let failed = |_| Fault::Engine(sqlx::Error::Io(std::io::Error::other("the system gives no randomness")));
    aws_lc_rs::rand::fill(&mut nonce).map_err(failed)?;
    *value = seal::seal(ring, context.as_bytes(), &plain, nonce).map_err(|fault| tampered(sealed.table, &key, &fault.to_string()))?;
    let value = value.clone();
    execute!(&mut tx.link, sealed.update, value.as_slice(), key.as_str())?;
    Ok(())
}

/// The one row that says which installation this is.
struct Installation;

impl Operation for Installation {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let marked = fetch_optional!(&mut tx.link, (Vec<u8>,), "SELECT mark FROM installation WHERE one = 1")?;
        if marked.is_some_and(|(mark,)| !tx.shared.marks.is_current(&mark))
            && let Some(own) = installation(&mut tx.link, &tx.shared.marks).await?
        {
            write_installation(&mut tx.link, &own, &tx.shared.marks).await?;
        }
        Ok(())
    }
}
