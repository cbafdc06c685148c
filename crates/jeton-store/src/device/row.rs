//! A device code's row, and loading and changing it.

use super::NewDevice;
use crate::{
    fault::Fault,
    link::{Link, execute, fetch_optional},
    marks::{Marks, tampered},
    row::row,
    writer::Tx,
};
use jeton_core::{
    mark::MarkedFields,
    oauth::{
        authorization::Authorization,
        device::{DeviceRequest, Pace},
        user_code::UserCode,
    },
    timestamp::Timestamp,
};
use serde::{Serialize, de::DeserializeOwned};

/// How far a device code has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody has answered.
    Pending,
    /// Somebody said yes; the device has not come for it.
    Approved,
    /// Somebody said no.
    Denied,
    /// The device has come for it.
    Used,
}

row! {
    /// A device code as it lies in the table.
    #[derive(Clone, Debug)]
    pub(super) struct DeviceRow {
        pub(super) digest: Vec<u8>,
        pub(super) user_digest: Vec<u8>,
        pub(super) client: String,
        pub(super) body: String,
        pub(super) state: String,
        pub(super) approval: Option<String>,
        pub(super) interval_seconds: i64,
        pub(super) polled_at: Option<i64>,
        pub(super) expires_at: i64,
        pub(super) version: i64,
        pub(super) mark: Vec<u8>,
    }
}

macro_rules! select {
    () => {
        "SELECT digest, user_digest, client, body, state, approval, interval_seconds, polled_at, expires_at, version, mark \
         FROM device_codes WHERE "
    };
}

impl State {
    const ALL: [Self; 4] = [Self::Pending, Self::Approved, Self::Denied, Self::Used];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Used => "used",
        }
    }
}

impl DeviceRow {
    /// The row of a new code, marked.
    pub(super) fn new(new: &NewDevice, pace: Pace, marks: &Marks) -> Result<Self, Fault> {
        let mut row = Self {
            digest: new.digest.to_vec(),
            user_digest: user_digest(&new.user_code, marks),
            client: new.request.client.to_string(),
            body: to_text(&new.request)?,
            state: State::Pending.as_str().to_owned(),
            approval: None,
            interval_seconds: i64::from(pace.interval_seconds),
            polled_at: None,
            expires_at: new.expires_at.as_micros(),
            version: 1,
            mark: Vec::new(),
        };
        row.mark = marks.mark(&row.fields());
        Ok(row)
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("device_codes")
            .bytes(&self.digest)
            .bytes(&self.user_digest)
            .text(&self.client)
            .text(&self.body)
            .text(&self.state)
            .maybe_text(self.approval.as_deref())
            .number(self.interval_seconds)
            .maybe_number(self.polled_at)
            .number(self.expires_at)
            .number(self.version)
    }
    pub(super) fn parse_state(&self) -> Result<State, Fault> {
        State::ALL.into_iter().find(|state| state.as_str() == self.state).ok_or_else(|| self.unreadable("its state is none"))
    }
    /// Whether somebody can answer it.
    pub(super) fn is_open_at(&self, now: Timestamp) -> bool {
        self.state == State::Pending.as_str() && now.as_micros() < self.expires_at
    }
    pub(super) fn request(&self) -> Result<DeviceRequest, Fault> {
        self.read(&self.body)
    }
    /// What was allowed, where it was.
    pub(super) fn approval(&self) -> Result<Authorization, Fault> {
        self.read(self.approval.as_deref().unwrap_or_default())
    }
    pub(super) fn set_approval(&mut self, approval: &Authorization) -> Result<(), Fault> {
        self.approval = Some(to_text(approval)?);
        Ok(())
    }
    pub(super) fn pace(&self) -> Pace {
        let interval_seconds = u32::try_from(self.interval_seconds).unwrap_or(u32::MAX);
        Pace { interval_seconds, polled_at: self.polled_at.map(Timestamp::from_micros) }
    }
    pub(super) fn set_pace(&mut self, pace: Pace) {
        self.interval_seconds = i64::from(pace.interval_seconds);
        self.polled_at = pace.polled_at.map(Timestamp::as_micros);
    }
    fn read<T: DeserializeOwned>(&self, text: &str) -> Result<T, Fault> {
        serde_json::from_str(text).map_err(|error| self.unreadable(&error.to_string()))
    }
    fn unreadable(&self, how: &str) -> Fault {
        tampered("device_codes", &self.client, how)
    }
    fn check(self, marks: &Marks) -> Result<Self, Fault> {
        marks.check("device_codes", &self.client, &self.fields(), &self.mark)?;
        Ok(self)
    }
}

fn to_text<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Engine(sqlx::Error::Encode(Box::new(error))))
}

/// A user code as it is looked for. Keyed: there are too few codes for a hash that anybody could compute.
fn user_digest(code: &UserCode, marks: &Marks) -> Vec<u8> {
    marks.mark(&MarkedFields::of("user_code").text(code.letters()))
}

/// The row of a user code, its mark checked.
pub(super) async fn by_user_code(link: &mut Link<'_>, marks: &Marks, code: &UserCode) -> Result<Option<DeviceRow>, Fault> {
    let digest = user_digest(code, marks);
    let row = fetch_optional!(link, DeviceRow, concat!(select!(), "user_digest = $1"), digest.as_slice())?;
    row.map(|row| row.check(marks)).transpose()
}

/// The row of a device code, its mark checked.
pub(super) async fn by_digest(link: &mut Link<'_>, marks: &Marks, digest: &[u8; 32]) -> Result<Option<DeviceRow>, Fault> {
    let row = fetch_optional!(link, DeviceRow, concat!(select!(), "digest = $1"), digest.as_slice())?;
    row.map(|row| row.check(marks)).transpose()
}

/// Writes a changed row. Within the writer's transaction, where nobody else can have changed it.
pub(super) async fn update(tx: &mut Tx<'_>, mut row: DeviceRow) -> Result<(), Fault> {
    row.version += 1;
    row.mark = tx.marks().mark(&row.fields());
    execute!(
        &mut tx.link,
        "UPDATE device_codes SET state = $1, approval = $2, interval_seconds = $3, polled_at = $4, version = $5, mark = $6 \
         WHERE digest = $7",
        row.state.as_str(),
        row.approval.as_deref(),
        row.interval_seconds,
        row.polled_at,
        row.version,
        row.mark.as_slice(),
        row.digest.as_slice(),
    )?;
    Ok(())
}
