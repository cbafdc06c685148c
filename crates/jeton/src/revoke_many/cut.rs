//! A search that a cut says as well: everything of one subject, client or project. That is one change instead of one for each token,
//! whatever their number.

use super::{Why, expect, narrowed};
use crate::{
    authority::Shared,
    caller::Caller,
    problem::{Problem, ProblemCode},
    revocations::{self, RevocationRequest, Revoked},
    token_search::{TokenQuery, WantedState},
};
use jeton_core::timestamp::Timestamp;
use jeton_store::token::TokenFilter;

/// The cut that ends all that a search finds, where there is one: nothing but the subject, the client or the project narrows the search.
pub fn as_cut(query: &TokenQuery, now: Timestamp) -> Option<RevocationRequest> {
    // What is dead already is no difference.
    let is_of_the_living = query.state.is_none_or(|state| state == WantedState::Alive) && query.expired != Some(true);
    let filter = TokenQuery { state: None, expired: None, ..query.clone() }.filter(now).ok().filter(|_| is_of_the_living)?;
    let mut request = RevocationRequest::default();
    let rest = match &filter {
        TokenFilter { subject: Some(subject), .. } => {
            request.subject = Some(subject.as_str().to_owned());
            TokenFilter { subject: None, ..filter.clone() }
        }
        TokenFilter { client: Some(client), .. } => {
            request.client = Some(client.clone());
            TokenFilter { client: None, ..filter.clone() }
        }
        TokenFilter { project: Some(project), .. } => {
            request.project = Some(project.to_string());
            TokenFilter { project: None, ..filter.clone() }
        }
        _ => return None,
    };
    rest.is_empty().then_some(request)
}

/// Makes the cut that a search is the same as. `expected` as for a run.
pub async fn cut(authority: &Shared, caller: &Caller, query: &TokenQuery, expected: Option<u64>, why: Why) -> Result<Revoked, Problem> {
    let now = authority.now();
    let filter = narrowed(query, now)?;
    let request = as_cut(query, now).ok_or_else(|| {
        Problem::new(ProblemCode::Conflict, "the search says more than a subject, a client or a project: no cut is the same")
            .fixed_by("revoke what it finds one by one")
    })?;
    expect(authority, caller, &filter, expected).await?;
    let request = RevocationRequest { reason: why.reason, comment: why.comment, ..request };
    revocations::revoke(authority, caller, &request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_cut_says_is_a_cut() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let cut = |text: &str| {
            let query = crate::http::query::parse::<TokenQuery>(text).expect("a search");
            as_cut(&query, now).map(|request| (request.subject, request.client, request.project))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(cut("subject=robot%2F7"), Some((some("robot/7"), None, None)));
        assert_eq!(cut("q=robot%2F7&state=alive&expired=false"), Some((some("robot/7"), None, None)));
        assert_eq!(cut("client=app_000000000000"), Some((None, some("app_000000000000"), None)));
        assert_eq!(cut("project=prj_000000000000"), Some((None, None, some("prj_000000000000"))));
        for more in [
            "kind=pat",
            "subject=a&kind=pat",
            "subject=a&client=b",
            "subject=a&state=suspended",
            "subject=a&expired=true",
            "subject=a&q=b",
            "q=abcd",
            "subject=a&issued_since=2026-01-01T00:00:00Z",
        ] {
            assert_eq!(cut(more), None, "{more}");
        }
    }
}
