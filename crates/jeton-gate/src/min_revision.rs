//! `Jeton-Min-Revision`: how new the answer must be, as a place in the change log. Who made a change and holds the
//! `Jeton-Revision` of its answer asks with it for a decision that knows of the change. Must never be believed of anybody but
//! a trusted proxy: it makes the gate wait and ask.

use crate::http_fault::HttpFault;
use http::{HeaderMap, HeaderName};
use jeton_core::change::Revision;

/// The field.
pub const MIN_REVISION: HeaderName = HeaderName::from_static("jeton-min-revision");

/// Reads the field of a request whose sender is trusted: a whole number in digits alone, at most once. `None` where none came.
pub fn read(headers: &HeaderMap) -> Result<Option<Revision>, HttpFault> {
    let mut values = headers.get_all(MIN_REVISION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let digits = value.to_str().ok().filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
            digits.and_then(|digits| digits.parse().ok()).map(|number| Some(Revision(number))).ok_or(HttpFault::MinRevision)
        }
        (Some(_), Some(_)) => Err(HttpFault::MinRevision),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn one_whole_number_and_nothing_else() {
        let said = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(MIN_REVISION, HeaderValue::from_static(value));
            }
            read(&headers)
        };
        assert_eq!(said(&[]), Ok(None));
        assert_eq!(said(&["0"]), Ok(Some(Revision(0))));
        assert_eq!(said(&["18446744073709551615"]), Ok(Some(Revision(u64::MAX))));
        let bad: &[&[&str]] =
            &[&[""], &["-1"], &["+1"], &["1 "], &["1.0"], &["0x1"], &["1, 2"], &["1", "1"], &["18446744073709551616"], &["a"]];
        for values in bad {
            assert_eq!(said(values), Err(HttpFault::MinRevision), "{values:?}");
        }
    }
}
