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
    /// More of them than there may be.
    #[error("there are more than {0} parameters")]
    TooMany(usize),
    /// More bytes than there may be.
    #[error("the parameters are longer than {0} bytes")]
    TooLong(usize),
    /// A percent-encoding of bytes that are no UTF-8, or that is cut off.
    #[error("a parameter is not UTF-8 in percent-encoding")]
    NotText,
}

/// Those that may come more than once (RFC 8707, section 2; RFC 8693, section 2.1); `scopes` are the boxes that are ticked on a page.
const REPEATABLE: [&str; 3] = ["resource", "audience", "scopes"];

/// How much is read.
#[derive(Clone, Copy)]
struct Bounds {
    count: usize,
    bytes: usize,
}

/// Of a query, or a body that an app sends.
const REQUEST: Bounds = Bounds { count: limits::PARAMETERS_MAX, bytes: limits::PARAMETERS_BYTES_MAX };
/// Of a form that a page of our own sends.
const FORM: Bounds = Bounds { count: limits::FORM_FIELDS_MAX, bytes: limits::FORM_MAX };

impl Parameters {
    /// Reads a query, or the body of an OAuth request.
    pub fn parse(encoded: &[u8]) -> Result<Self, ParametersFault> {
        Self::parse_within(encoded, REQUEST)
    }
    /// Reads the form of a page, which may have a field for each of many things.
    pub fn parse_form(encoded: &[u8]) -> Result<Self, ParametersFault> {
        Self::parse_within(encoded, FORM)
    }
    fn parse_within(encoded: &[u8], bounds: Bounds) -> Result<Self, ParametersFault> {
        if encoded.len() > bounds.bytes {
            return Err(ParametersFault::TooLong(bounds.bytes));
        }
        let mut read = Self::default();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default()),
                None => (pair, &[][..]),
            };
            read.add(decode(name)?, decode(value)?, bounds)?;
        }
        read.each_once()
    }
    /// From names and values that came another way, such as the members of a request object.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, ParametersFault> {
        Self::of_within(pairs, REQUEST)
    }
    /// The same of the fields of a page's form.
    pub fn of_form(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, ParametersFault> {
        Self::of_within(pairs, FORM)
    }
    fn of_within(pairs: impl IntoIterator<Item = (String, String)>, bounds: Bounds) -> Result<Self, ParametersFault> {
        let mut read = Self::default();
        for (name, value) in pairs {
            read.add(name, value, bounds)?;
        }
        read.each_once()
    }
    fn add(&mut self, name: String, value: String, bounds: Bounds) -> Result<(), ParametersFault> {
        if self.0.len() == bounds.count {
            return Err(ParametersFault::TooMany(bounds.count));
        }
        self.0.push((name, value));
        Ok(())
    }
    /// Holds that no name comes twice that may not.
    fn each_once(self) -> Result<Self, ParametersFault> {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).filter(|name| !REPEATABLE.contains(name)).collect();
        names.sort_unstable();
        match names.windows(2).find_map(|pair| pair.first().filter(|first| pair.last() == Some(first))) {
            Some(repeated) => Err(ParametersFault::Repeated(crate::scope::printable(repeated))),
            None => Ok(self),
        }
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
    }

    #[test]
    fn a_request_holds_less_than_a_form() {
        let pairs = |count: usize| (0..count).map(|n| (format!("p{n}"), "1".to_owned()));
        let text = |count: usize| pairs(count).map(|(name, value)| format!("{name}={value}&")).collect::<String>();
        let (few, many) = (limits::PARAMETERS_MAX, limits::FORM_FIELDS_MAX);
        assert!(Parameters::parse(text(few).as_bytes()).is_ok() && Parameters::of(pairs(few)).is_ok());
        assert_eq!(Parameters::parse(text(few + 1).as_bytes()), Err(ParametersFault::TooMany(few)));
        assert_eq!(Parameters::of(pairs(few + 1)), Err(ParametersFault::TooMany(few)));
        assert!(Parameters::parse_form(text(many).as_bytes()).is_ok() && Parameters::of_form(pairs(many)).is_ok());
        assert_eq!(Parameters::parse_form(text(many + 1).as_bytes()), Err(ParametersFault::TooMany(many)));
        assert_eq!(Parameters::of_form(pairs(many + 1)), Err(ParametersFault::TooMany(many)));
        let long = |bytes: usize| vec![b'a'; bytes + 1];
        let (short, wide) = (limits::PARAMETERS_BYTES_MAX, limits::FORM_MAX);
        assert_eq!(Parameters::parse(&long(short)), Err(ParametersFault::TooLong(short)));
        assert!(Parameters::parse_form(&long(short)).is_ok());
        assert_eq!(Parameters::parse_form(&long(wide)), Err(ParametersFault::TooLong(wide)));
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
