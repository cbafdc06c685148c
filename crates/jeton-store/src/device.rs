//! Device codes (RFC 8628): asked for by a device, answered once by a person, taken once by the device. Of the device code only its
//! SHA-256 is kept, of the user code only a keyed hash: whoever reads the database can type neither.

mod answer;
mod poll;
mod row;
mod take;

pub use answer::DeviceAnswer;
pub use poll::Polled;
pub use take::DeviceTaking;

use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    link::{execute, fetch_one},
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{
    limits,
    oauth::{
        device::{DeviceRequest, Pace},
        user_code::UserCode,
    },
    timestamp::Timestamp,
};
use row::DeviceRow;

/// A device code about to be given out.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// SHA-256 of the device code.
    pub digest: [u8; 32],
    /// What the person will type.
    pub user_code: UserCode,
    /// What is asked for.
    pub request: DeviceRequest,
    /// When both codes end.
    pub expires_at: Timestamp,
}

/// A device that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingDevice {
    /// What it asks for.
    pub request: DeviceRequest,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

impl Store {
    /// Keeps a new device code. [`StoreError::Exists`] when another device has this user code, which then is to be drawn again;
    /// a conflict when too many wait already.
    pub async fn insert_device(&self, new: NewDevice, actor: Actor) -> Result<()> {
        self.write(Insert { new, actor }).await
    }
    /// The device that waits for an answer under this user code.
    pub async fn find_device_at(&self, code: &UserCode, now: Timestamp) -> Result<Option<WaitingDevice>> {
        let row = read!(self, link => row::by_user_code(link, self.marks(), code))?;
        let Some(row) = row.filter(|row| row.is_open_at(now)) else { return Ok(None) };
        Ok(Some(WaitingDevice { request: row.request()?, expires_at: Timestamp::from_micros(row.expires_at) }))
    }
}

struct Insert {
    new: NewDevice,
    actor: Actor,
}

const WAITING: &str = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN client = $1 THEN 1 ELSE 0 END), 0) FROM device_codes \
                       WHERE state = 'pending' AND expires_at > $2";

impl Operation for Insert {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let client = self.new.request.client.to_string();
        let (all, own) = fetch_one!(&mut tx.link, (i64, i64), WAITING, client.as_str(), self.actor.at.as_micros())?;
        let is_above = |count: i64, most: usize| usize::try_from(count).is_ok_and(|count| count >= most);
        if is_above(own, limits::DEVICE_CODES_PER_CLIENT) || is_above(all, limits::DEVICE_CODES_MAX) {
            return Err(StoreError::Conflict("too many device codes wait for an answer: try again in some minutes".to_owned()).into());
        }
        let marks = tx.marks();
        let row = DeviceRow::new(&self.new, Pace::new(), marks)?;
        let inserted = execute!(
            &mut tx.link,
            "INSERT INTO device_codes (digest, user_digest, client, body, state, approval, interval_seconds, polled_at, expires_at, \
             version, mark) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
            row.digest.as_slice(),
            row.user_digest.as_slice(),
            row.client.as_str(),
            row.body.as_str(),
            row.state.as_str(),
            row.approval.as_deref(),
            row.interval_seconds,
            row.polled_at,
            row.expires_at,
            row.version,
            row.mark.as_slice(),
        )?;
        if inserted == 0 { Err(StoreError::Exists("a device with this code").into()) } else { Ok(()) }
    }
}
