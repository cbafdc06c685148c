//! The rows of the form of an API: which there are, and what their fields are called. Knows nothing of what they hold.

use crate::pages::filled::Filled;
use jeton_core::limits;

/// The rows that are shown.
#[derive(Debug)]
pub(super) struct Rows {
    /// A row for each scope.
    pub(super) scopes: Vec<Row>,
    /// A row for each route.
    pub(super) routes: Vec<Row>,
    /// A row for each limit.
    pub(super) limits: Vec<Row>,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    kind: Kind,
    at: usize,
    /// Whether somebody asked for it just now.
    pub(super) is_new: bool,
}

/// What rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scope,
    Route,
    Limit,
}

impl Kind {
    /// Its word: what the names of its fields begin with, and what a button for another row sends.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Scope => "scope",
            Self::Route => "route",
            Self::Limit => "limit",
        }
    }
    /// The field that no row of it is without.
    const fn first(self) -> &'static str {
        match self {
            Self::Scope => "name",
            Self::Route => "pattern",
            Self::Limit => "requests",
        }
    }
    /// How many rows there may be.
    pub(super) const fn most(self) -> usize {
        match self {
            Self::Scope | Self::Route => limits::SCOPES_MAX,
            Self::Limit => limits::API_LIMITS_MAX,
        }
    }
    /// The name of a field of a row.
    pub(super) fn field(self, at: usize, part: &str) -> String {
        format!("{}.{at}.{part}", self.as_str())
    }
}

impl Row {
    /// Its number, for people.
    pub(super) fn number(&self) -> usize {
        self.at + 1
    }
    /// The name of one of its fields.
    pub(super) fn field(&self, part: &str) -> String {
        self.kind.field(self.at, part)
    }
}

impl Rows {
    /// Those that a form holds, at least one of each, and one more of the kind that `more` names.
    pub(super) fn of(filled: &Filled, more: &str) -> Self {
        let rows = |kind: Kind| {
            let held = (0..kind.most()).rev().find(|at| filled.is_there(&kind.field(*at, kind.first())));
            let (count, asked) = (held.map_or(1, |last| last + 1), more == kind.as_str());
            let count = kind.most().min(count + usize::from(asked));
            (0..count).map(|at| Row { kind, at, is_new: asked && at + 1 == count }).collect()
        };
        Self { scopes: rows(Kind::Scope), routes: rows(Kind::Route), limits: rows(Kind::Limit) }
    }
    /// How many rows of a kind there may be.
    pub(super) fn most(&self, kind: &str) -> usize {
        self.all().into_iter().find(|(own, _)| own.as_str() == kind).map_or(0, |(own, _)| own.most())
    }
    /// Whether there may be another row of a kind.
    pub(super) fn has_room(&self, kind: &str) -> bool {
        self.all().into_iter().any(|(own, rows)| own.as_str() == kind && rows.len() < own.most())
    }
    const fn all(&self) -> [(Kind, &Vec<Row>); 3] {
        [(Kind::Scope, &self.scopes), (Kind::Route, &self.routes), (Kind::Limit, &self.limits)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_rows_as_the_form_holds_and_one_more_where_asked() {
        let filled = Filled::with([("scope.0.name", "a"), ("scope.2.name", ""), ("limit.7.requests", "1"), ("route.500.pattern", "x")]);
        let counts = |more: &str| {
            let rows = Rows::of(&filled, more);
            [rows.scopes.len(), rows.routes.len(), rows.limits.len()]
        };
        assert_eq!(counts(""), [3, 1, 8]);
        assert_eq!((counts("scope"), counts("route"), counts("limit")), ([4, 1, 8], [3, 2, 8], [3, 1, 8]));
        let asked = Rows::of(&filled, "scope");
        assert!(asked.has_room("scope") && asked.has_room("route") && !asked.has_room("limit"));
        assert_eq!(asked.scopes.iter().filter(|row| row.is_new).map(Row::number).collect::<Vec<_>>(), [4]);
        assert_eq!(asked.scopes[1].field("words"), "scope.1.words");
    }
}
