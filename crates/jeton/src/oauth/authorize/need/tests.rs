//! Who has to sign in, and who is told that he cannot be asked.

use super::*;
use jeton_core::{
    id::{OrganisationId, SessionId, UserId},
    oauth::authorization_request::{AnswerTo, Prompts, ResponseMode},
    scope::ScopeSet,
};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn request(change: impl FnOnce(&mut AuthorizationRequest)) -> AuthorizationRequest {
    let answer_to = AnswerTo {
        client_id: "app_1".to_owned(),
        redirect_uri: "https://app.example.com/cb".to_owned(),
        response_mode: ResponseMode::Query,
        state: None,
    };
    let mut request = AuthorizationRequest {
        answer_to,
        redirect_uri_named: true,
        scopes: ScopeSet::empty(),
        scopes_named: true,
        resources: Vec::new(),
        code_challenge: String::new(),
        nonce: None,
        prompts: Prompts::default(),
        max_age: None,
        login_hint: None,
        acr_values: Vec::new(),
        claims: None,
        id_token_hint: None,
        dpop_jkt: None,
        pushed_as: None,
    };
    change(&mut request);
    request
}

/// Somebody who signed in a minute ago.
fn person() -> SignedIn {
    SignedIn {
        session: SessionId::from_random([1; 16]),
        user: UserId::from_random([2; 16]),
        organisation: OrganisationId::from_random([3; 16]),
        authenticated_at: NOW.minus(Span::from_minutes(1)),
        methods: vec!["pwd".to_owned()],
        acr: acr::KNOWN[0].to_owned(),
    }
}

fn prompt(change: impl FnOnce(&mut Prompts)) -> AuthorizationRequest {
    request(|request| change(&mut request.prompts))
}

const fn prompted(at: Timestamp) -> Done {
    Done { prompted_at: Some(at), chosen: None }
}

#[track_caller]
fn error_code(need: Need) -> OAuthCode {
    match need {
        Need::Error(code, _) => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn somebody_who_is_signed_in_is_not_asked_again() {
    assert_eq!(of(&request(|_| {}), Some(&person()), true, Done::default(), NOW), Need::Nothing);
    assert_eq!(of(&request(|_| {}), None, true, Done::default(), NOW), Need::SignIn);
    assert_eq!(of(&prompt(|prompts| prompts.none = true), Some(&person()), true, Done::default(), NOW), Need::Nothing);
    assert_eq!(error_code(of(&prompt(|prompts| prompts.none = true), None, true, Done::default(), NOW)), OAuthCode::LoginRequired);
}

#[test]
fn a_prompt_is_met_by_a_sign_in_after_it_only() {
    let (before, after) = (NOW.minus(Span::from_seconds(90)), NOW.minus(Span::from_seconds(30)));
    for request in [prompt(|prompts| prompts.login = true), request(|r| r.max_age = Some(0))] {
        assert_eq!(of(&request, Some(&person()), true, Done::default(), NOW), Need::SignIn);
        assert_eq!(of(&request, Some(&person()), true, prompted(after), NOW), Need::SignIn);
        assert_eq!(of(&request, Some(&person()), true, prompted(before), NOW), Need::Nothing);
        // What was signed in for is not asked for again for ever.
        let later = NOW.plus(limits::REAUTHENTICATION_LIFE);
        assert_eq!(of(&request, Some(&person()), true, prompted(before), later), Need::SignIn);
    }
}

#[test]
fn who_is_signed_in_is_chosen_or_somebody_else_signs_in() {
    let request = prompt(|prompts| prompts.select_account = true);
    let with = |done| of(&request, Some(&person()), true, done, NOW);
    assert_eq!(with(Done::default()), Need::Choose);
    assert_eq!(with(Done { chosen: Some(SessionId::from_random([9; 16])), ..Done::default() }), Need::Choose, "another session");
    assert_eq!(with(Done { chosen: Some(person().session), ..Done::default() }), Need::Nothing);
    assert_eq!(with(prompted(NOW.minus(Span::from_seconds(90)))), Need::Nothing, "who signed in just for this was chosen");
    assert_eq!(of(&request, None, true, Done::default(), NOW), Need::SignIn);
    let both = prompt(|prompts| (prompts.select_account, prompts.login) = (true, true));
    assert_eq!(of(&both, Some(&person()), true, Done { chosen: Some(person().session), ..Done::default() }, NOW), Need::SignIn);
}

#[test]
fn the_age_of_a_sign_in_counts() {
    let within = |seconds| of(&request(|request| request.max_age = Some(seconds)), Some(&person()), true, Done::default(), NOW);
    assert_eq!((within(60), within(59)), (Need::Nothing, Need::SignIn));
    let silent = request(|request| {
        request.max_age = Some(59);
        request.prompts.none = true;
    });
    assert_eq!(error_code(of(&silent, Some(&person()), true, Done::default(), NOW)), OAuthCode::LoginRequired);
}

#[test]
fn the_person_of_the_hint_is_meant_and_nobody_else() {
    assert_eq!(of(&request(|_| {}), Some(&person()), false, Done::default(), NOW), Need::SignIn);
    let again = of(&request(|_| {}), Some(&person()), false, prompted(NOW.minus(Span::from_minutes(2))), NOW);
    assert_eq!(error_code(again), OAuthCode::LoginRequired);
    assert_eq!(
        error_code(of(&prompt(|prompts| prompts.none = true), Some(&person()), false, Done::default(), NOW)),
        OAuthCode::LoginRequired
    );
}

#[test]
fn a_class_that_does_not_exist_is_said_at_once() {
    let wanting = |class: &str| request(|request| request.acr_values = vec![class.to_owned()]);
    assert_eq!(of(&wanting(acr::KNOWN[0]), Some(&person()), true, Done::default(), NOW), Need::Nothing);
    assert_eq!(error_code(of(&wanting("phrh"), None, true, Done::default(), NOW)), OAuthCode::UnmetAuthenticationRequirements);
    let essential = serde_json::json!({"id_token": {"acr": {"essential": true, "values": ["phrh"]}}});
    let essential = request(|request| request.claims = Some(essential));
    assert_eq!(error_code(of(&essential, Some(&person()), true, Done::default(), NOW)), OAuthCode::UnmetAuthenticationRequirements);
}
