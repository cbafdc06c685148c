//! Why a value was refused at the border: the rule that it broke, in words that its sender can act on.

/// A value that does not follow its grammar or breaks a limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct Invalid {
    /// The rule that was broken, as the end of a sentence that begins with the field's name: "must be …".
    pub rule: String,
}

impl Invalid {
    /// A broken rule.
    pub fn new(rule: impl Into<String>) -> Self {
        Self { rule: rule.into() }
    }
}
