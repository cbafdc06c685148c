//! Audiences, subjects, names and ids.

use jeton_core::{
    id::{ApiId, TokenId},
    name::{Audience, Name, Subject},
};

/// What parses is kept byte for byte.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(audience) = Audience::parse(text) {
        assert_eq!(audience.as_str(), text);
        assert!(!text.contains(['#', ' ', '"']) && text.contains(':'));
    }
    if let Ok(subject) = Subject::parse(text) {
        assert_eq!(subject.as_str(), text);
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
    }
    if let Ok(name) = Name::parse(text) {
        assert_eq!(name.as_str(), text);
        assert!(!text.chars().any(char::is_control));
    }
    if let Ok(id) = TokenId::parse(text) {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(id) = ApiId::parse(text) {
        assert_eq!(id.to_string(), text);
    }
}
