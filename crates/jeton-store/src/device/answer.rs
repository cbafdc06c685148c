//! A person's answer to a device: yes or no, once.

use super::row::{self, State};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::oauth::{authorization::Authorization, device::DeviceRequest, user_code::UserCode};
use serde_json::json;

/// What a person says.
#[derive(Clone, Debug)]
pub enum DeviceAnswer {
    /// Let it in, to this.
    Approve(Box<Authorization>),
    /// Keep it out.
    Deny,
}

impl Store {
    /// Answers the device that waits under a user code; says what it had asked for. Not found when none waits (any more): the first
    /// answer counts.
    pub async fn answer_device(&self, code: UserCode, answer: DeviceAnswer, actor: Actor) -> Result<DeviceRequest> {
        self.write(Answer { code, answer, actor }).await
    }
}

struct Answer {
    code: UserCode,
    answer: DeviceAnswer,
    actor: Actor,
}

impl Operation for Answer {
    type Answer = DeviceRequest;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<DeviceRequest, Fault> {
        let found = row::by_user_code(&mut tx.link, &tx.shared.marks, &self.code).await?;
        let mut row = found.filter(|row| row.is_open_at(self.actor.at)).ok_or(StoreError::NotFound("device"))?;
        let request = row.request()?;
        let (state, action) = match &self.answer {
            DeviceAnswer::Approve(authorization) => {
                if (authorization.client, authorization.organisation) != (request.client, request.organisation) {
                    return Err(StoreError::Conflict("the device asks for another client".to_owned()).into());
                }
                row.set_approval(authorization)?;
                (State::Approved, "device.approve")
            }
            DeviceAnswer::Deny => (State::Denied, "device.deny"),
        };
        row.state = state.as_str().to_owned();
        row::update(tx, row).await?;
        let details = json!({ "scopes": request.scopes });
        tx.audit(&self.actor, Some(request.organisation), action, &request.client.to_string(), details);
        Ok(request)
    }
}
