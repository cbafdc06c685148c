//! Forms that carry a file (`multipart/form-data`, RFC 7578): bounded, read once, only from our own pages, one file at most.
//!
//! Knows neither a file's name nor its type as a browser says them: nothing is believed of a file but its bytes.

use super::{
    error,
    form::{Form, comes_from_here},
};
use crate::{authority::Shared, http::Context};
use axum::{
    body::Body,
    extract::{FromRequest, Request},
    response::Response,
};
use http::{StatusCode, header};
use jeton_core::{limits, oauth::parameters::Parameters};

/// A form with the file that came with it.
#[derive(Debug)]
pub struct Upload {
    /// Its fields.
    pub form: Form,
    /// The file, where one was chosen.
    pub file: Option<Vec<u8>>,
}

/// Fields and a file.
type Parts = (Vec<(String, String)>, Option<Vec<u8>>);

/// What stands around a file besides its fields.
const ROOM: usize = limits::FORM_MAX;

impl FromRequest<Shared> for Upload {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, authority: &Shared) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        if !comes_from_here(&parts.headers, &authority.config.issuer) {
            return Err(error::not_from_here());
        }
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let Some(boundary) = boundary(kind) else {
            return Form::read(parts, body).await.map(|form| Self { form, file: None });
        };
        // One byte more than is taken, so that a file that is too large is told apart from a form that is.
        let body = axum::body::to_bytes(body, limits::LOGO_UPLOAD_MAX + ROOM).await;
        let body = body.map_err(|_| error::bad_form(StatusCode::PAYLOAD_TOO_LARGE, "it is too large, or it was broken off"))?;
        let bad = || error::bad_form(StatusCode::BAD_REQUEST, "its fields cannot be read");
        let (fields, file) = read(&body, &boundary).ok_or_else(bad)?;
        let fields = Parameters::of_form(fields).map_err(|_| bad())?;
        Ok(Self { form: Form { fields, context: Context::of(&parts.extensions), headers: parts.headers }, file })
    }
}

/// The boundary of a form with files; `None` for another form.
fn boundary(kind: &str) -> Option<Vec<u8>> {
    let (name, parameters) = kind.split_once(';')?;
    if !name.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = parameters.split(';').find_map(|one| one.trim().strip_prefix("boundary="))?.trim_matches('"');
    let fits = (1..=70).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| format!("--{value}").into_bytes())
}

/// The fields and the file; `None` where it is not in the form that browsers send.
fn read(body: &[u8], boundary: &[u8]) -> Option<Parts> {
    let mut rest = body.strip_prefix(boundary)?;
    let (mut fields, mut file, mut bytes) = (Vec::new(), None, 0);
    let delimiter = [b"\r\n", boundary].concat();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = find(part, &delimiter)?;
        let (part, behind) = (part.get(..end)?, part.get(end + delimiter.len()..)?);
        let head_end = find(part, b"\r\n\r\n")?;
        let (head, content) = (std::str::from_utf8(part.get(..head_end)?).ok()?, part.get(head_end + 4..)?);
        let (name, is_file) = disposition(head)?;
        match (is_file, content.is_empty(), &file) {
            (true, true, _) => {}
            (true, false, None) => file = Some(content.to_vec()),
            (true, false, Some(_)) => return None,
            (false, ..) => {
                bytes += name.len() + content.len();
                fields.push((name, String::from_utf8(content.to_vec()).ok()?));
            }
        }
        if fields.len() > limits::FORM_FIELDS_MAX || bytes > limits::FORM_MAX {
            return None;
        }
        rest = behind;
    }
    rest.starts_with(b"--").then_some((fields, file))
}

/// The name of a part, and whether it is a file.
fn disposition(head: &str) -> Option<(String, bool)> {
    let lines = head.split("\r\n");
    let line = lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"))?.1;
    let parameters = line.trim().strip_prefix("form-data")?;
    let quoted = |name: &str| {
        let (_, rest) = parameters.split_once(&format!("; {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    Some((quoted("name")?, quoted("filename").is_some()))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(parts: &str) -> Option<Parts> {
        read(parts.replace('\n', "\r\n").as_bytes(), b"--x")
    }

    #[test]
    fn fields_and_one_file_are_read() {
        let body = "--x\nContent-Disposition: form-data; name=\"csrf\"\n\nabc\n--x\n\
                    Content-Disposition: form-data; name=\"logo\"; filename=\"a.png\"\nContent-Type: image/png\n\npixels\n--x--\n";
        assert_eq!(form(body), Some((vec![("csrf".to_owned(), "abc".to_owned())], Some(b"pixels".to_vec()))));
        let none = "--x\nContent-Disposition: form-data; name=\"logo\"; filename=\"\"\nContent-Type: application/octet-stream\n\n\n--x--";
        assert_eq!(form(none), Some((vec![], None)), "no file was chosen");
    }

    #[test]
    fn what_browsers_do_not_send_is_refused() {
        let file = "--x\nContent-Disposition: form-data; name=\"logo\"; filename=\"a\"\n\na\n";
        let many: String =
            (0..=limits::FORM_FIELDS_MAX).map(|n| format!("--x\nContent-Disposition: form-data; name=\"n{n}\"\n\na\n")).collect();
        for bad in [
            "",
            "--x",
            "--x\n",
            "--x\nno head\n--x--",
            "--x\nContent-Disposition: form-data; name=\"a\"\n\ncut off",
            "--x\nContent-Disposition: attachment; name=\"a\"\n\nb\n--x--",
            "--x\nContent-Disposition: form-data\n\nb\n--x--",
            &format!("{file}{file}--x--"),
            &format!("{many}--x--"),
        ] {
            assert_eq!(form(bad), None, "{bad:?}");
        }
        assert_eq!(read(b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--x--", b"--x"), None, "no text");
    }

    #[test]
    fn boundaries_are_bounded() {
        assert_eq!(boundary("multipart/form-data; boundary=----WebKitFormBoundaryAbC"), Some(b"------WebKitFormBoundaryAbC".to_vec()));
        assert_eq!(boundary("multipart/form-data; charset=utf-8; boundary=\"q\""), Some(b"--q".to_vec()));
        for bad in [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "text/plain; boundary=x",
            &format!("multipart/form-data; boundary={}", "x".repeat(71)),
        ] {
            assert_eq!(boundary(bad), None, "{bad}");
        }
    }
}
