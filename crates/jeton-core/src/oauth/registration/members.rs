//! Typed reading of metadata members. What is `null` or an empty text counts as absent (RFC 7592, section 2.2); what is of a wrong type
//! is refused by the member's name.

use super::MetadataFault;
use crate::{fault::Invalid, limits};
use serde_json::{Map, Value};

/// The members of a metadata object, as they came.
#[derive(Clone, Copy)]
pub(super) struct Members<'m>(pub(super) &'m Map<String, Value>);

/// A fault of a member.
pub(super) fn fault(member: &'static str, rule: impl Into<String>) -> MetadataFault {
    MetadataFault::new(member, Invalid::new(rule))
}

impl<'m> Members<'m> {
    fn find(self, member: &str) -> Option<&'m Value> {
        self.0.get(member).filter(|value| !value.is_null())
    }
    /// A text, checked by a rule.
    pub(super) fn text(self, member: &'static str, rule: impl Fn(&str) -> Result<(), Invalid>) -> Result<Option<String>, MetadataFault> {
        let Some(value) = self.find(member) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| fault(member, "must be a text"))?;
        if text.is_empty() {
            return Ok(None);
        }
        rule(text).map_err(|rule| MetadataFault::new(member, rule))?;
        Ok(Some(text.to_owned()))
    }
    /// A text of visible characters.
    pub(super) fn short(self, member: &'static str) -> Result<Option<String>, MetadataFault> {
        self.text(member, is_short)
    }
    /// A list of texts, each checked by a rule; one that comes twice counts once.
    pub(super) fn list(
        self,
        member: &'static str,
        most: usize,
        rule: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Result<Vec<String>, MetadataFault> {
        let Some(value) = self.find(member) else { return Ok(Vec::new()) };
        let entries = value.as_array().ok_or_else(|| fault(member, "must be a list of texts"))?;
        if entries.len() > most {
            return Err(fault(member, format!("must hold at most {most} entries")));
        }
        let mut list: Vec<String> = Vec::with_capacity(entries.len());
        for entry in entries {
            let text = entry.as_str().ok_or_else(|| fault(member, "must be a list of texts"))?;
            rule(text).map_err(|broken| fault(member, format!("holds an entry that {}", broken.rule)))?;
            if !list.iter().any(|earlier| earlier == text) {
                list.push(text.to_owned());
            }
        }
        Ok(list)
    }
    /// `true` or `false`; absent stands for `false`.
    pub(super) fn flag(self, member: &'static str) -> Result<bool, MetadataFault> {
        self.find(member).map_or(Ok(false), |value| value.as_bool().ok_or_else(|| fault(member, "must be `true` or `false`")))
    }
    /// A number of seconds.
    pub(super) fn seconds(self, member: &'static str) -> Result<Option<u32>, MetadataFault> {
        let read = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
        self.find(member).map(|value| read(value).ok_or_else(|| fault(member, "must be a whole number of seconds"))).transpose()
    }
    /// One of a closed list of words.
    pub(super) fn word<T>(self, member: &'static str, words: &[(&str, T)]) -> Result<Option<T>, MetadataFault>
    where
        T: Copy,
    {
        let Some(text) = self.text(member, |_| Ok(()))? else { return Ok(None) };
        let known = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        let list = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join("`, `");
        known.map(Some).ok_or_else(|| fault(member, format!("must be one of `{}`", list())))
    }
    /// An object.
    pub(super) fn object(self, member: &'static str) -> Result<Option<&'m Map<String, Value>>, MetadataFault> {
        self.find(member).map(|value| value.as_object().ok_or_else(|| fault(member, "must be a JSON object"))).transpose()
    }
}

/// A short text of characters that show what they are.
pub(super) fn is_short(text: &str) -> Result<(), Invalid> {
    if text.len() > limits::CLIENT_TEXT_MAX {
        return Err(Invalid::new(format!("must be at most {} bytes long", limits::CLIENT_TEXT_MAX)));
    }
    is_plain(text)
}

/// No control character, and none that turns the direction of a line or cannot be seen: a name must not read as another one.
pub(super) fn is_plain(text: &str) -> Result<(), Invalid> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
            || matches!(c, '\u{e0000}'..='\u{e007f}')
    };
    if text.chars().any(hidden) { Err(Invalid::new("must have no control, direction or invisible characters")) } else { Ok(()) }
}
