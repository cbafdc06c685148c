//! A few words with a tone, such as the state of a token. The tone is told by the words as well as by the colour.

/// Words with a tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Badge {
    /// The words.
    pub words: &'static str,
    /// The tone.
    pub tone: Tone,
}

/// Whether something is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Not as it should be, or refused.
    Bad,
    /// New, or to be noticed.
    New,
    /// Neither.
    Quiet,
}

impl Tone {
    /// Its class in the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::New => "new",
            Self::Quiet => "still",
        }
    }
}
