//! Why an authorization request is refused, split by whether its client may be told by a redirect.

use super::AnswerTo;

/// A request that cannot be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestFault {
    /// Who asks or where the answer would go is not in order: nobody is redirected; the text is for the client's developer.
    NeverRedirect(String),
    /// The address is registered: the error goes there.
    Redirect(Box<RedirectFault>),
}

/// An error that its client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectFault {
    /// What kind of error.
    pub code: RequestCode,
    /// What is wrong and what to do, for the client's developer.
    pub description: String,
    /// Where it goes.
    pub answer_to: AnswerTo,
}

/// The codes that a look at the request alone can come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestCode {
    /// RFC 6749, section 4.1.2.1.
    InvalidRequest,
    /// RFC 6749, section 4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749, section 4.1.2.1.
    UnauthorizedClient,
    /// RFC 6749, section 4.1.2.1.
    InvalidScope,
    /// RFC 8707, section 2.
    InvalidTarget,
}
