//! Parameters of a request, from a query or a form body (`application/x-www-form-urlencoded`), as RFC 6749, section 3.1 wants them:
//! a parameter that comes twice is an error, one without a value counts as absent, unknown ones are ignored by whoever reads.

use crate::limits;

/// The parameters, each name once. `Debug` shows names only: values may be secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

/// Why parameters cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersFault {
    /// One name, two values.
    #[error("the parameter `{0}` must not be sent more than once")]
    Repeated(String),
    /// More than [`limits::PARAMETERS_MAX`] of them.
    #[error("there are more than {} parameters", limits::PARAMETERS_MAX)]
    TooMany,
    /// Longer than [`limits::PARAMETERS_BYTES_MAX`].
    #[error("the parameters are longer than {} bytes", limits::PARAMETERS_BYTES_MAX)]
    TooLong,
    /// A percent-encoding of bytes that are no UTF-8, or that is cut off.
    #[error("a parameter is not UTF-8 in percent-encoding")]
    NotText,
}

/// Those that may come more than once (RFC 8707, section 2; RFC 8693, section 2.1); `scopes` are the boxes that are ticked on a page.
const REPEATABLE: [&str; 3] = ["resource", "audience", "scopes"];

impl Parameters {
    /// Reads a query or a form body.
    pub fn parse(encoded: &[u8]) -> Result<Self, ParametersFault> {
        if encoded.len() > limits::PARAMETERS_BYTES_MAX {
            return Err(ParametersFault::TooLong);
        }
        let mut read = Self::default();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default()),
                None => (pair, &[][..]),
            };
            read.add(decode(name)?, decode(value)?)?;
        }
        Ok(read)
    }
    /// From names and values that came another way, such as the members of a request object.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, ParametersFault> {
        let mut read = Self::default();
        for (name, value) in pairs {
            read.add(name, value)?;
        }
        Ok(read)
    }
    fn add(&mut self, name: String, value: String) -> Result<(), ParametersFault> {
        if !REPEATABLE.contains(&name.as_str()) && self.0.iter().any(|(earlier, _)| *earlier == name) {
            return Err(ParametersFault::Repeated(crate::scope::printable(&name)));
        }
        if self.0.len() == limits::PARAMETERS_MAX {
            return Err(ParametersFault::TooMany);
        }
        self.0.push((name, value));
        Ok(())
    }
    /// The value of a parameter; `None` where it is absent or empty.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
    /// All values of a parameter that may come more than once.
    pub fn all<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        self.0.iter().filter(move |(own, value)| own == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }
    /// Whether the parameter was sent, with a value or without.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }
    /// All names and values, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
    /// As a query or a form body again.
    pub fn to_encoded(&self) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(self.iter());
        text.finish()
    }
}

/// Undoes `+` and percent-encoding of one name or value; anything that is not exactly that is refused.
pub fn decode(encoded: &[u8]) -> Result<String, ParametersFault> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(hex), rest.next().and_then(hex)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(ParametersFault::NotText),
            },
            plain => *plain,
        });
    }
    String::from_utf8(decoded).map_err(|_| ParametersFault::NotText)
}

fn hex(digit: &u8) -> Option<u8> {
    char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_is_refused_whatever_its_encoding() {
        assert_eq!(Parameters::parse(b"a=1&b=2&%61=3"), Err(ParametersFault::Repeated("a".into())));
        assert_eq!(Parameters::parse(b"state=&state="), Err(ParametersFault::Repeated("state".into())));
        let read = Parameters::parse(b"resource=x&resource=y").expect("read");
        assert_eq!(read.all("resource").collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn an_empty_value_counts_as_absent() {
        let read = Parameters::parse(b"&a=&b&c=+%2B&").expect("read");
        assert_eq!((read.find("a"), read.find("b"), read.find("c"), read.find("d")), (None, None, Some(" +"), None));
        assert!(read.contains("a") && read.contains("b") && !read.contains("d"));
    }

    #[test]
    fn what_is_not_text_is_refused() {
        for bad in [&b"a=%ff"[..], b"a=%", b"a=%4", b"a=%zz", b"%=a", b"a=\xff"] {
            assert_eq!(Parameters::parse(bad), Err(ParametersFault::NotText), "{bad:?}");
        }
        assert_eq!(Parameters::parse(&vec![b'a'; limits::PARAMETERS_BYTES_MAX + 1]), Err(ParametersFault::TooLong));
        let many: String = (0..=limits::PARAMETERS_MAX).map(|n| format!("p{n}=1&")).collect();
        assert_eq!(Parameters::parse(many.as_bytes()), Err(ParametersFault::TooMany));
    }

    #[test]
    fn what_was_read_is_written_again() {
        let read = Parameters::parse(b"a=1&b=%20x%26&resource=y&resource=z").expect("read");
        assert_eq!(Parameters::parse(read.to_encoded().as_bytes()), Ok(read));
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(format!("{:?}", Parameters::parse(b"password=secret").expect("read")), "[\"password\"]");
    }
}
