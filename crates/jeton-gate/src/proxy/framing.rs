//! Whether a request says in exactly one way how long it is. hyper has refused by now: an unreadable `Content-Length`, several
//! that differ, a `Transfer-Encoding` that does not end in `chunked` or comes with HTTP/1.0. Of a `Content-Length` beside a
//! `Transfer-Encoding` it keeps only the latter and closes the connection afterwards, so that nothing can hide behind it.
//! Must never let a request pass whose length another program could read differently.

use crate::http_fault::HttpFault;
use http::{HeaderMap, Version, header};
use jeton_core::limits;

/// Checks the head of a request.
pub(super) fn check(version: Version, headers: &HeaderMap) -> Result<(), HttpFault> {
    if headers.len() > limits::HEADERS_MAX {
        return Err(HttpFault::Headers);
    }
    let mut encodings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    match (encodings.next(), encodings.next(), lengths.next(), lengths.next()) {
        (None, _, None, _) => {}
        (None, _, Some(length), None) if is_number(length.as_bytes()) => {}
        (Some(encoding), None, None, _) if version == Version::HTTP_11 && encoding.as_bytes().eq_ignore_ascii_case(b"chunked") => {}
        _ => return Err(HttpFault::Framing),
    }
    let expectations = headers.get_all(header::EXPECT);
    if expectations.iter().all(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        Ok(())
    } else {
        Err(HttpFault::Expectation)
    }
}

fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn checked(version: Version, list: &[(&'static str, &'static str)]) -> Result<(), HttpFault> {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, HeaderValue::from_static(value));
        }
        check(version, &headers)
    }

    #[test]
    fn one_length_said_once() {
        let ok: &[&[(&str, &str)]] = &[
            &[],
            &[("content-length", "5")],
            &[("transfer-encoding", "chunked")],
            &[("transfer-encoding", "Chunked")],
            &[("expect", "100-Continue")],
        ];
        for list in ok {
            assert_eq!(checked(Version::HTTP_11, list), Ok(()), "{list:?}");
        }
        let bad: &[&[(&str, &str)]] = &[
            &[("content-length", "5"), ("content-length", "5")],
            &[("content-length", "5, 5")],
            &[("content-length", "+5")],
            &[("content-length", "")],
            &[("content-length", "5"), ("transfer-encoding", "chunked")],
            &[("transfer-encoding", "gzip, chunked")],
            &[("transfer-encoding", "identity"), ("transfer-encoding", "chunked")],
            &[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
            &[("transfer-encoding", "chunked;q=1")],
        ];
        for list in bad {
            assert_eq!(checked(Version::HTTP_11, list), Err(HttpFault::Framing), "{list:?}");
        }
        assert_eq!(checked(Version::HTTP_2, &[("transfer-encoding", "chunked")]), Err(HttpFault::Framing));
        assert_eq!(checked(Version::HTTP_10, &[("transfer-encoding", "chunked")]), Err(HttpFault::Framing));
        assert_eq!(checked(Version::HTTP_11, &[("expect", "200-ok")]), Err(HttpFault::Expectation));
    }
}
