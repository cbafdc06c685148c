//! A browser as far as it matters here: keeps cookies, follows no redirect by itself, sends forms with what stands in them.

use parking_lot::Mutex;
use reqwest::header::HeaderMap;
use std::{collections::BTreeMap, time::Duration};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A browser with its cookies.
pub(crate) struct Browser {
    base: String,
    http: reqwest::Client,
    pub(crate) cookies: Mutex<BTreeMap<String, String>>,
}

/// A page, or a redirect.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// The fields of a form that are filled in already.
pub(crate) type Fields = Vec<(String, String)>;

impl Browser {
    /// One that opens the pages at this address, such as `http://127.0.0.1:8700`.
    pub(crate) fn at(base: String) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
        Self { base, http: http.build().expect("client"), cookies: Mutex::default() }
    }
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().get(name).cloned()
    }
    pub(crate) async fn open(&self, path: &str) -> Page {
        self.send(self.http.get(format!("{}{path}", self.base)).header("sec-fetch-site", "none")).await
    }
    /// Sends a form as a page of the authority itself would.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let origin = self.base.clone();
        self.post_from(path, fields, &[("origin", &origin), ("sec-fetch-site", "same-origin")]).await
    }
    /// Sends a form with these headers.
    pub(crate) async fn post_from(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let is_typed = headers.iter().any(|(name, _)| *name == "content-type");
        let request = self.http.post(format!("{}{path}", self.base)).body(body);
        let request = if is_typed { request } else { request.header("content-type", "application/x-www-form-urlencoded") };
        self.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }
    /// Sends a form of a page, with these fields besides or instead.
    pub(crate) async fn submit(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let form = page.form(action);
        let kept = form.iter().filter(|(name, _)| !fields.iter().any(|(own, _)| own == name));
        let all: Vec<(&str, &str)> = kept.map(|(name, value)| (name.as_str(), value.as_str())).chain(fields.iter().copied()).collect();
        self.post(action, &all).await
    }
    /// Sends a form that carries a file, as a browser writes it.
    pub(crate) async fn upload(&self, path: &str, fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Page {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        if let Some((name, bytes)) = file {
            let head =
                format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        let request = self.http.post(format!("{}{path}", self.base)).body(body);
        let request = request.header("content-type", "multipart/form-data; boundary=edge");
        self.send(request.header("origin", &self.base).header("sec-fetch-site", "same-origin")).await
    }
    async fn send(&self, request: reqwest::RequestBuilder) -> Page {
        let cookies: Vec<String> = self.cookies.lock().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) };
        let response = request.header("user-agent", "Mozilla/5.0 (X11; Linux) Firefox/140.0").send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for line in headers.get_all("set-cookie") {
            let line = line.to_str().expect("text");
            let (pair, attributes) = line.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a pair");
            let mut cookies = self.cookies.lock();
            match attributes.contains("Max-Age=0") {
                true => cookies.remove(name),
                false => cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        Page { status, headers, text: response.text().await.expect("text") }
    }
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} {}", self.header("location"), self.text);
        self
    }
    /// The fields of the form with this action, in the order of the page.
    #[track_caller]
    pub(crate) fn form(&self, action: &str) -> Fields {
        let start = self.text.find(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("no form to {action}: {}", self.text));
        let form = &self.text[start..];
        let form = &form[..form.find("</form>").expect("an end")];
        let inputs = form.split("<input").skip(1).map(|rest| rest.split('>').next().expect("a tag"));
        inputs.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))).collect()
    }
    /// The value of a field of a form.
    #[track_caller]
    pub(crate) fn field(&self, action: &str, name: &str) -> String {
        self.form(action).into_iter().find(|(own, _)| own == name).unwrap_or_else(|| panic!("no field {name}")).1
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = &tag[tag.find(&format!(" {name}=\""))? + name.len() + 3..];
    let mut text = rest[..rest.find('"')?].to_owned();
    for (entity, character) in
        [("&#34;", "\""), ("&#38;", "&"), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&quot;", "\""), ("&amp;", "&")]
    {
        text = text.replace(entity, character);
    }
    Some(text)
}
