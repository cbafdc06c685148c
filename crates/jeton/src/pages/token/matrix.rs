//! The scopes of an API as a matrix: a row for each resource with none, read, or read and write, and boxes for what is neither. Made from
//! the names of the scopes; what they are called in words is what the API's owner wrote.

use crate::token_templates::only_looks;
use jeton_core::{
    api::{Api, ApiScope},
    oauth::parameters::Parameters,
    scope::{Scope, ScopeSet},
};

/// The scopes of an API, as a form shows them.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// A row for each resource that can be read or written.
    pub rows: Vec<MatrixRow>,
    /// All other scopes.
    pub others: Vec<ScopeBox>,
    /// How many sensitive ones are left out.
    pub left_out: usize,
}

/// A resource.
#[derive(Clone, Debug)]
pub struct MatrixRow {
    /// The name of its field.
    pub field: String,
    /// The resource.
    pub label: String,
    /// The scope that looks.
    pub read: Option<ScopeBox>,
    /// The scope that changes.
    pub write: Option<ScopeBox>,
}

/// A scope.
#[derive(Clone, Debug)]
pub struct ScopeBox {
    /// Its name.
    pub scope: Scope,
    /// What it lets do.
    pub words: String,
    /// Whether it is sensitive.
    pub is_sensitive: bool,
}

impl From<&ApiScope> for ScopeBox {
    fn from(own: &ApiScope) -> Self {
        Self { scope: own.scope.clone(), words: own.description.clone(), is_sensitive: own.sensitive }
    }
}

impl Matrix {
    /// The scopes of an API; the sensitive ones only for who may have them.
    pub fn of(api: &Api, may_sensitive: bool) -> Self {
        let mut matrix = Self::default();
        for own in &api.scopes {
            if own.sensitive && !may_sensitive {
                matrix.left_out += 1;
            } else {
                matrix.put(own);
            }
        }
        matrix
    }
    fn put(&mut self, own: &ApiScope) {
        let text = own.scope.as_str();
        let parts = text.rsplit_once(':').filter(|(_, verb)| only_looks(&own.scope) || *verb == "write");
        let Some((resource, _)) = parts else { return self.others.push(own.into()) };
        let at = self.rows.iter().position(|row| row.label == resource).unwrap_or_else(|| {
            let row = MatrixRow { field: format!("access.{resource}"), label: resource.to_owned(), read: None, write: None };
            self.rows.push(row);
            self.rows.len() - 1
        });
        let Some(row) = self.rows.get_mut(at) else { return };
        let place = if only_looks(&own.scope) { &mut row.read } else { &mut row.write };
        // A second scope that looks, such as `list` beside `read`, has a box of its own.
        if place.is_some() { self.others.push(own.into()) } else { *place = Some(own.into()) }
    }
    /// What the fields of a form hold so that these scopes are chosen.
    pub fn fields(&self, chosen: &ScopeSet) -> Vec<(String, String)> {
        let has = |own: &Option<ScopeBox>| own.as_ref().is_some_and(|own| chosen.covers(&own.scope));
        let access = |row: &MatrixRow| match (has(&row.read), has(&row.write)) {
            (_, true) => "write",
            (true, false) => "read",
            (false, false) => "none",
        };
        let rows = self.rows.iter().map(|row| (row.field.clone(), access(row).to_owned()));
        let others = self.others.iter().filter(|own| chosen.covers(&own.scope)).map(|own| ("scopes".to_owned(), own.scope.to_string()));
        rows.chain(others).collect()
    }
    /// The scopes that were chosen in a form. What the matrix does not hold is none.
    pub fn chosen(&self, fields: &Parameters) -> ScopeSet {
        let mut scopes = Vec::new();
        for row in &self.rows {
            let access = fields.find(&row.field).unwrap_or_default();
            if matches!(access, "read" | "write") {
                scopes.extend(row.read.iter().map(|own| own.scope.clone()));
            }
            if access == "write" {
                scopes.extend(row.write.iter().map(|own| own.scope.clone()));
            }
        }
        let ticked: Vec<&str> = fields.all("scopes").collect();
        scopes.extend(self.others.iter().map(|own| own.scope.clone()).filter(|own| ticked.contains(&own.as_str())));
        ScopeSet::from_scopes(scopes)
    }
    /// Whether there is nothing to choose.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.others.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::{
        id::{ApiId, OrganisationId},
        kind::TokenFormat,
        name::{Audience, Name},
    };

    fn api(scopes: &[&str]) -> Api {
        let scope = |text: &&str| ApiScope {
            scope: Scope::parse(text.trim_end_matches('!')).expect("a scope"),
            description: String::new(),
            public: false,
            sensitive: text.ends_with('!'),
        };
        Api {
            id: ApiId::from_random([1; 16]),
            organisation: OrganisationId::from_random([1; 16]),
            audience: Audience::parse("https://orders.example.com").expect("an audience"),
            name: Name::parse("Orders").expect("a name"),
            scopes: scopes.iter().map(scope).collect(),
            routes: Vec::new(),
            token_format: TokenFormat::Opaque,
            access_token_seconds: None,
            access_token_seconds_by_grant: jeton_core::oauth::grant_lives::LivesByGrant::default(),
            limits: Vec::new(),
            max_staleness_ms: None,
            serve_stale_seconds: None,
        }
    }

    #[test]
    fn resources_become_rows_and_the_rest_boxes() {
        let orders = api(&["orders:read", "orders:write", "orders:cancel", "orders:list", "stock:read", "deploy", "people:read!"]);
        let matrix = Matrix::of(&orders, false);
        let rows: Vec<_> = matrix.rows.iter().map(|row| (row.label.as_str(), row.read.is_some(), row.write.is_some())).collect();
        assert_eq!(rows, [("orders", true, true), ("stock", true, false)]);
        let others: Vec<_> = matrix.others.iter().map(|own| own.scope.as_str()).collect();
        assert_eq!((others, matrix.left_out), (vec!["orders:cancel", "orders:list", "deploy"], 1));
        assert_eq!(Matrix::of(&orders, true).rows.len(), 3);
    }

    #[test]
    fn what_is_chosen_comes_back_and_nothing_else_gets_in() {
        let matrix = Matrix::of(&api(&["orders:read", "orders:write", "stock:read", "deploy", "people:read!"]), false);
        let chosen = ScopeSet::parse_spaced("orders:read orders:write deploy").expect("scopes");
        let fields = matrix.fields(&chosen);
        assert!(fields.contains(&("access.stock".to_owned(), "none".to_owned())), "{fields:?}");
        let sent = Parameters::of_form(fields).expect("fields");
        assert_eq!(matrix.chosen(&sent), chosen);
        let forged = Parameters::parse(b"access.people=read&scopes=people:read&scopes=deploy&access.orders=read").expect("fields");
        assert_eq!(matrix.chosen(&forged).to_spaced(), "deploy orders:read");
    }
}
