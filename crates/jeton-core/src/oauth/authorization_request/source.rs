//! Where the parameters of an authorization request come from: the request itself, a signed object (RFC 9101) or an earlier push
//! (RFC 9126). With either of the latter, nothing outside counts but `client_id`.

use super::RequestFault;
use crate::oauth::parameters::{Parameters, ParametersFault};
use serde_json::{Map, Value};

/// What every `request_uri` of ours begins with (RFC 9126, section 2.2).
pub const REQUEST_URI_PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// Where the parameters come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestSource<'p> {
    /// They are the request's own.
    Plain,
    /// They are in a signed object.
    Object(&'p str),
    /// They were pushed; this is the random end of their `request_uri`.
    Pushed(&'p str),
    /// They are somewhere else, where nobody looks: fetching what strangers name is not done here.
    Elsewhere,
}

impl<'p> RequestSource<'p> {
    /// Where those of this request come from.
    pub fn of(parameters: &'p Parameters) -> Result<Self, RequestFault> {
        match (parameters.find("request"), parameters.find("request_uri")) {
            (Some(_), Some(_)) => Err(RequestFault::NeverRedirect("`request` and `request_uri` must not be sent together".to_owned())),
            (Some(object), None) => Ok(Self::Object(object)),
            (None, Some(uri)) => Ok(uri.strip_prefix(REQUEST_URI_PREFIX).map_or(Self::Elsewhere, Self::Pushed)),
            (None, None) => Ok(Self::Plain),
        }
    }
}

/// The members of a verified request object as parameters: texts as they are, numbers and truth values as their text, objects
/// (`claims`) as JSON, lists of texts (`resource`) as repetitions.
pub fn parameters_of_object(members: Map<String, Value>) -> Result<Parameters, ParametersFault> {
    let mut pairs = Vec::with_capacity(members.len());
    for (name, value) in members {
        match value {
            Value::Null => {}
            Value::String(text) => pairs.push((name, text)),
            Value::Array(list) => {
                for entry in list {
                    let Value::String(text) = entry else { return Err(ParametersFault::NotText) };
                    pairs.push((name.clone(), text));
                }
            }
            other => pairs.push((name, other.to_string())),
        }
    }
    Parameters::of(pairs)
}
