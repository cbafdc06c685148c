//! What a form holds when it is shown: values to begin with, or what was typed and what is wrong with it. Never a password or a token:
//! those are typed again.

use crate::problem::Problem;
use jeton_core::oauth::parameters::Parameters;

/// The values of a form and the faults of its fields.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    values: Vec<(String, String)>,
    faults: Vec<(String, String)>,
    /// What is wrong with the whole, or with a field that the form does not show.
    pub fault: Option<String>,
}

impl Filled {
    /// With these values.
    pub fn with<'v>(values: impl IntoIterator<Item = (&'v str, &'v str)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { values, ..Self::default() }
    }
    /// With what was typed.
    pub fn again(fields: &Parameters) -> Self {
        Self::with(fields.iter().filter(|(name, _)| !matches!(*name, "csrf" | "password" | "token")))
    }
    /// The same with what a use case says is wrong. `fields` are those that the form shows; a fault of another is one of the whole.
    #[must_use]
    pub fn refused(mut self, problem: &Problem, fields: &[&str]) -> Self {
        match problem.field_name().filter(|field| fields.contains(field)) {
            Some(field) => {
                let rule = problem.detail().trim_start_matches(&format!("`{field}` ")).to_owned();
                self.faults.push((field.to_owned(), rule));
            }
            None => self.fault = Some(problem.detail().to_owned()),
        }
        self
    }
    /// The same with a fault of a field. `rule` ends the sentence that begins with the field's label, such as `must be short`.
    #[must_use]
    pub fn faulty(mut self, field: &str, rule: impl Into<String>) -> Self {
        self.faults.push((field.to_owned(), rule.into()));
        self
    }
    /// A field's value.
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }
    /// All names and values.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
    /// Whether the form holds a field at all.
    pub fn is_there(&self, name: &str) -> bool {
        self.values().any(|(own, _)| own == name)
    }
    /// Whether a field has this value: for options and boxes.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.values.iter().any(|(own, held)| own == name && held == value)
    }
    /// What is wrong with a field.
    pub fn fault_of(&self, name: &str) -> Option<&str> {
        self.faults.iter().find(|(own, _)| own == name).map(|(_, rule)| rule.as_str())
    }
    /// Whether this is the first field with a fault: it is where the page begins.
    pub fn is_first_fault(&self, name: &str) -> bool {
        self.faults.first().is_some_and(|(own, _)| own == name)
    }
    /// Whether anything is wrong.
    pub fn is_refused(&self) -> bool {
        self.fault.is_some() || !self.faults.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::fault::Invalid;

    #[test]
    fn what_was_typed_is_kept_and_faults_stand_at_their_fields() {
        let typed = Parameters::parse(b"name=x&csrf=y&password=z&scope=a").expect("read");
        let problem = Problem::field("name", &Invalid::new("must be longer"));
        let filled = Filled::again(&typed).refused(&problem, &["name"]);
        assert_eq!((filled.value("name"), filled.value("csrf"), filled.value("password")), ("x", "", ""));
        assert_eq!(filled.fault_of("name"), Some("must be longer"));
        assert!(filled.is("scope", "a") && filled.is_first_fault("name") && filled.fault.is_none());
        let elsewhere = Filled::default().refused(&problem, &["scope"]);
        assert_eq!(elsewhere.fault.as_deref(), Some("`name` must be longer"));
    }
}
