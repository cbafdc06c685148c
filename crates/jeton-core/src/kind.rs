//! Token kinds and formats.

use serde::{Deserialize, Serialize};

/// What a token is for. The three letters stand in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A person's own token for scripts and tools.
    Pat,
    /// A project's secret API key.
    Key,
    /// A publishable API key: identifies, keeps anonymous traffic out, may ship in a page; holds only public scopes.
    Pub,
    /// A service's own token.
    Svc,
    /// An OAuth 2.0 access token, opaque or JWT.
    Oat,
    /// An OAuth 2.0 refresh token.
    Ort,
    /// An OAuth 2.0 client secret, and the anchor that everything of that client hangs on.
    Cls,
    /// A grant: what one subject let one client do. A row that tokens hang on; it has no text and cannot be presented.
    Grt,
}

impl TokenKind {
    /// All kinds, in the order in which they are documented.
    pub const ALL: [Self; 8] = [Self::Pat, Self::Key, Self::Pub, Self::Svc, Self::Oat, Self::Ort, Self::Cls, Self::Grt];

    /// The three letters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pat => "pat",
            Self::Key => "key",
            Self::Pub => "pub",
            Self::Svc => "svc",
            Self::Oat => "oat",
            Self::Ort => "ort",
            Self::Cls => "cls",
            Self::Grt => "grt",
        }
    }
    /// The name in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pat => "personal access token",
            Self::Key => "secret API key",
            Self::Pub => "publishable API key",
            Self::Svc => "service token",
            Self::Oat => "access token",
            Self::Ort => "refresh token",
            Self::Cls => "client secret",
            Self::Grt => "grant",
        }
    }
    /// From the three letters.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
    /// Whether an operator can issue it directly; the others come out of OAuth flows.
    pub const fn issued_directly(self) -> bool {
        matches!(self, Self::Pat | Self::Key | Self::Pub | Self::Svc)
    }
    /// Whether it can be presented to an API at all.
    pub const fn opens_apis(self) -> bool {
        !matches!(self, Self::Ort | Self::Cls | Self::Grt)
    }
    /// Whether it is ever written out as a text that somebody holds.
    pub const fn has_text(self) -> bool {
        !matches!(self, Self::Grt)
    }
}

impl std::fmt::Display for TokenKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a token is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFormat {
    /// Random text that means nothing by itself.
    #[default]
    Opaque,
    /// A signed JWT access token (RFC 9068).
    Jwt,
}

impl TokenFormat {
    /// `opaque` or `jwt`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opaque => "opaque",
            Self::Jwt => "jwt",
        }
    }
    /// From `opaque` or `jwt`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "opaque" => Some(Self::Opaque),
            "jwt" => Some(Self::Jwt),
            _ => None,
        }
    }
}
