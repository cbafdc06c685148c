//! Sums over an organisation: each token counted once, nobody else's counted at all.

use super::fixture::{Fixture, NOW, random, rotation, token_id};
use crate::{
    overview::{SurveyPart, SurveyQuestion, UsageTotal},
    token::NewToken,
    usage::{LastUse, UsageBatch, UsageDelta},
};
use jeton_core::{
    facts::TokenState,
    id::{OrganisationId, TokenId},
    kind::TokenKind,
    timestamp::{Span, Timestamp},
};

const HOUR: Timestamp = NOW.hour();

fn delta(token: TokenId, hour: Timestamp, outcome: &str, route: &str, count: u64) -> UsageDelta {
    UsageDelta { token, hour, outcome: outcome.into(), route: route.into(), network: "-".into(), previous_secret: false, count }
}

fn used(token: TokenId, at: Timestamp, previous_secret_at: Option<Timestamp>) -> LastUse {
    LastUse { token, at, client_ip: None, user_agent: None, previous_secret_at, previous_secret_ip: None }
}

/// Use is summed up by hour and outcome, over the organisation's own tokens alone.
pub async fn use_is_summed_up_per_organisation(fixture: &Fixture) {
    let (one, other, foreign) = (fixture.issue().await, fixture.issue().await, token_id());
    let before = HOUR.minus(Span::from_hours(1));
    let deltas = vec![
        delta(one, HOUR, "ok", "GET /a", 3),
        delta(other, HOUR, "ok", "GET /b", 4),
        delta(one, HOUR, "expired", "GET /a", 1),
        delta(one, before, "ok", "GET /b", 5),
        delta(foreign, HOUR, "ok", "GET /a", 100),
    ];
    fixture.store.flush_usage(&UsageBatch { deltas, ..UsageBatch::default() }).await.expect("written");
    let end = HOUR.plus(Span::from_hours(1));
    let totals = fixture.store.usage_totals(fixture.organisation, before, end).await.expect("read");
    let total = |hour, outcome: &str, count| UsageTotal { hour, outcome: outcome.into(), count };
    assert_eq!(totals, [total(before, "ok", 5), total(HOUR, "expired", 1), total(HOUR, "ok", 7)]);
    let elsewhere = OrganisationId::from_random(random());
    assert_eq!(fixture.store.usage_totals(elsewhere, before, end).await.expect("read"), []);
    let routes = fixture.store.routes_used(&[one, other], HOUR).await.expect("read");
    let mut expected = vec![(one, "GET /a".to_owned()), (other, "GET /b".to_owned())];
    expected.sort();
    assert_eq!(routes, expected, "refused calls and hours before count for nothing");
}

/// Live tokens are counted, dead ones and those of OAuth are not.
pub async fn live_tokens_are_counted_once(fixture: &Fixture) {
    let issue = async |adjust: &dyn Fn(&mut NewToken)| {
        let mut new = fixture.new_token();
        adjust(&mut new);
        let id = new.id;
        fixture.issue_this(new).await.expect("issued");
        id
    };
    let long_ago = NOW.minus(Span::from_days(100));
    let endless = issue(&|new| new.expires_at = None).await;
    issue(&|new| new.issued_at = long_ago).await;
    issue(&|new| new.expires_at = Some(NOW.plus(Span::from_days(300)))).await;
    issue(&|new| new.expires_at = Some(NOW)).await;
    issue(&|new| new.policy.kind = TokenKind::Cls).await;
    let revoked = issue(&|_| {}).await;
    fixture.bring(revoked, TokenState::Revoked).await.expect("revoked");
    let last = vec![used(endless, NOW, None)];
    fixture.store.flush_usage(&UsageBatch { last, ..UsageBatch::default() }).await.expect("written");
    let asked = SurveyQuestion { now: NOW, idle_since: NOW.minus(Span::from_days(90)), ending_before: NOW.plus(Span::from_days(14)) };
    let part = fixture.store.survey_tokens(fixture.organisation, None, asked).await.expect("counted");
    assert_eq!(part, SurveyPart { live: 3, endless: 1, ending: 1, idle: 1, next: None });
    let elsewhere = OrganisationId::from_random(random());
    assert_eq!(fixture.store.survey_tokens(elsewhere, None, asked).await.expect("counted"), SurveyPart::default());
}

/// Who still uses a secret that was replaced is found, and what tokens in use may do.
pub async fn users_of_old_secrets_are_found(fixture: &Fixture) {
    let (rotated, other) = (fixture.issue().await, fixture.issue().await);
    fixture.store.rotate_token(fixture.organisation, rotated, rotation(), super::fixture::actor(1)).await.expect("rotated");
    let last = vec![used(rotated, NOW, Some(NOW)), used(other, NOW.minus(Span::from_hours(1)), None)];
    fixture.store.flush_usage(&UsageBatch { last, ..UsageBatch::default() }).await.expect("written");
    let since = NOW.minus(Span::from_days(1));
    assert_eq!(fixture.store.users_of_old_secrets(fixture.organisation, since, 10).await.expect("read"), [rotated]);
    let in_use = fixture.store.tokens_in_use(fixture.organisation, since, 10).await.expect("read");
    assert_eq!(in_use.iter().map(|token| token.id).collect::<Vec<_>>(), [rotated, other]);
    assert!(in_use.iter().all(|token| token.policy == fixture.policy()));
    assert_eq!(fixture.store.tokens_in_use(fixture.organisation, NOW, 10).await.expect("read").len(), 1);
}
