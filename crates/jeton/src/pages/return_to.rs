//! Where a browser goes on after signing in: only to a page of our own that is meant for it.

use jeton_core::limits;

/// A path (and query) of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

/// The page for the codes of devices; a query may follow.
const DEVICE: &str = "/device";
/// What all pages stand below that are for people who are signed in.
const BELOW: [&str; 2] = ["/dashboard", "/account"];
/// The start of an authorization request.
const AUTHORIZE: &str = "/oauth/authorize";

impl ReturnTo {
    /// Reads it; anything that could lead elsewhere is none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain =
            text.len() <= limits::RETURN_TO_MAX && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#');
        let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
        let is_ours = path == DEVICE || is_page(path) || (path == AUTHORIZE && query.is_some());
        (is_plain && is_ours).then(|| Self(text.to_owned()))
    }
    /// What is meant where nothing else is.
    pub fn dashboard() -> Self {
        Self("/dashboard".to_owned())
    }
    /// The page of the ways to sign in.
    pub fn security() -> Self {
        Self("/account/security".to_owned())
    }
    /// The page where the code of a device is entered.
    pub fn device() -> Self {
        Self("/device".to_owned())
    }
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The same as a query's value.
    pub fn encoded(&self) -> String {
        url::form_urlencoded::byte_serialize(self.0.as_bytes()).collect()
    }
}

/// Whether a path is of the dashboard or the account, with no part that a browser could read as a way out of there.
fn is_page(path: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && !part.contains("%2e") && !part.contains("%2E") && part != "." && part != "..";
    BELOW.iter().filter_map(|below| path.strip_prefix(below)).any(|rest| match rest.strip_prefix('/') {
        Some(parts) => parts.split('/').all(is_plain),
        None => rest.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_elsewhere() {
        for good in [
            "/account",
            "/account/apps?after=app_1",
            "/dashboard",
            "/dashboard/tokens/0123456789ab?done=saved",
            "/device?user_code=ABCD-EFGH",
            "/oauth/authorize?redirect_uri=https://a.example/cb",
        ] {
            assert_eq!(ReturnTo::parse(good).as_ref().map(ReturnTo::as_str), Some(good));
        }
        let long = format!("/oauth/authorize?{}", "a".repeat(limits::RETURN_TO_MAX));
        for bad in [
            "",
            "/",
            "//evil.example",
            "//evil.example/account",
            "https://evil.example/account",
            "/\\evil.example",
            "/account\\..\\..\\evil.example",
            "/account//evil.example",
            "/account/../..//evil.example",
            "/device/..//evil.example",
            "/accountant",
            "/dashboard/",
            "/dashboard//evil.example",
            "/dashboard/..//evil.example",
            "/dashboard/%2e%2e/v1",
            "/dashboard/%2E./v1",
            "/dashboards",
            "/oauth/authorize",
            "/oauth/authorize/x?y",
            "/oauth/authorize@evil.example?x",
            "/v1/tokens?x",
            "/account?a\r\nset-cookie: b=c",
            "/account?a b",
            "/account#x",
            "javascript:alert(1)",
            " /account",
            "/acc%6funt",
            &long,
        ] {
            assert_eq!(ReturnTo::parse(bad), None, "{bad:?}");
        }
    }
}
