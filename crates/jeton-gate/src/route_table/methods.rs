//! The methods of a gate route. `GET` covers `HEAD`; an empty list stands for every method.

use jeton_core::{fault::Invalid, limits};

/// The methods that a route covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Methods(Box<[Box<str>]>);

impl Methods {
    /// Reads methods in capitals, such as `GET`.
    pub fn parse<T: AsRef<str>>(list: &[T]) -> Result<Self, Invalid> {
        let mut methods: Vec<Box<str>> = Vec::with_capacity(list.len());
        for text in list {
            let text = text.as_ref();
            let fits = (1..=limits::METHOD_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
            if !fits {
                return Err(Invalid::new("must hold methods in capitals, such as `GET`"));
            }
            if matches!(text, "CONNECT" | "TRACE") {
                return Err(Invalid::new(format!("must not hold `{text}`: the gate does not pass it on")));
            }
            if methods.iter().any(|own| **own == *text) {
                return Err(Invalid::new(format!("must not hold `{text}` twice")));
            }
            methods.push(text.into());
        }
        Ok(Self(methods.into()))
    }
    /// Whether every method is covered.
    pub fn is_any(&self) -> bool {
        self.0.is_empty()
    }
    /// Whether `method` is covered.
    pub fn cover(&self, method: &str) -> bool {
        self.is_any() || self.0.iter().any(|own| **own == *method || (**own == *"GET" && method == "HEAD"))
    }
    /// Whether both name some method in common. One for any method gives way to one that names it and shares nothing with it.
    pub(super) fn collide(&self, other: &Self) -> bool {
        match (self.is_any(), other.is_any()) {
            (true, true) => true,
            (true, false) | (false, true) => false,
            (false, false) => self.0.iter().any(|own| other.cover(own)) || other.0.iter().any(|theirs| self.cover(theirs)),
        }
    }
}

impl std::fmt::Display for Methods {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_any() { f.write_str("*") } else { f.write_str(&self.0.join(",")) }
    }
}
