//! The fields of the form that issues a personal access token, and of the one that narrows it: from texts to what a use case is asked,
//! with each fault at its field.

use super::matrix::Matrix;
use crate::issue::request::IssueRequest;
use jeton_core::{
    allowance::{Allowances, Rate},
    api::Api,
    fault::Invalid,
    kind::{TokenFormat, TokenKind},
    name::Name,
    network::Networks,
    oauth::parameters::Parameters,
    route::Route,
    timestamp::{Span, Timestamp},
};

/// A field and the rule that it breaks.
pub struct FieldFault(pub &'static str, pub String);

/// The fields that the form shows, for faults of the use case.
pub const FIELDS: [&str; 9] = ["name", "scopes", "life", "expires_in", "until", "networks", "routes", "rate", "kind"];

/// The lives to choose from: value and words.
pub const LIVES: [(&str, &str); 3] = [("7", "7 days"), ("30", "30 days"), ("90", "90 days")];

/// What rates are counted in: value and words.
pub const PERIODS: [(&str, &str); 4] = [("1", "each second"), ("60", "each minute"), ("3600", "each hour"), ("86400", "each day")];

const DAY: u32 = 86_400;

fn fault(field: &'static str) -> impl Fn(Invalid) -> FieldFault {
    move |rule| FieldFault(field, rule.rule)
}

/// The token that a form asks for.
pub fn asked(fields: &Parameters, api: &Api, matrix: &Matrix, now: Timestamp) -> Result<IssueRequest, FieldFault> {
    let text = |name: &str| fields.find(name).unwrap_or_default();
    let routes = routes(text("routes")).map_err(fault("routes"))?;
    if let Some(other) = routes.iter().find(|own| !is_offered(own, api)) {
        return Err(FieldFault("routes", format!("must lie within the routes of {} (`{other}` lies within none of them)", api.name)));
    }
    Ok(IssueRequest {
        kind: TokenKind::Pat,
        format: TokenFormat::Opaque,
        name: Name::parse(text("name").trim()).map_err(fault("name"))?,
        subject: None,
        project: None,
        audience: vec![api.audience.clone()],
        scopes: matrix.chosen(fields),
        expires_in: Some(life(text("life"), text("until"), now)?),
        not_before: None,
        networks: networks(text("networks")).map_err(fault("networks"))?,
        routes,
        limits: limits(text("rate"), text("per"))?,
        metadata: crate::json::Metadata::default(),
    })
}

/// Whether an API has calls within a route, or declares none at all.
fn is_offered(own: &Route, api: &Api) -> bool {
    api.routes.is_empty() || api.routes.iter().any(|offered| own.is_within(&offered.route) || offered.route.is_within(own))
}

/// Seconds from now; `None` for no end.
pub fn life(word: &str, until: &str, now: Timestamp) -> Result<Option<u32>, FieldFault> {
    match word {
        "none" => Ok(None),
        "date" => {
            let bad = || FieldFault("until", "must be a day that is still to come, such as 2027-01-31".to_owned());
            let end = Timestamp::parse(&format!("{until}T23:59:59Z")).filter(|end| *end > now).ok_or_else(bad)?;
            u32::try_from(end.since(now).as_seconds_up()).map(Some).map_err(|_| bad())
        }
        days => {
            let known = LIVES.iter().any(|(value, _)| *value == days);
            let days = days.parse::<u32>().ok().filter(|_| known);
            let bad = || FieldFault("life", "must be one of those that are offered".to_owned());
            days.map(|days| Some(days * DAY)).ok_or_else(bad)
        }
    }
}

/// Networks, one on each line; one behind `not` is left out of the others.
pub fn networks(text: &str) -> Result<Networks, Invalid> {
    let lines = text.split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty());
    let (except, allow): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("not "));
    let except: Vec<&str> = except.into_iter().filter_map(|line| line.strip_prefix("not ")).map(str::trim).collect();
    Networks::parse(&allow, &except)
}

/// The same as text.
pub fn networks_text(networks: &Networks) -> String {
    let allow = networks.allow().iter().map(ToString::to_string);
    allow.chain(networks.except().iter().map(|net| format!("not {net}"))).collect::<Vec<_>>().join("\n")
}

/// Routes, one on each line.
pub fn routes(text: &str) -> Result<Vec<Route>, Invalid> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Route::parse).collect()
}

fn limits(rate: &str, per: &str) -> Result<Allowances, FieldFault> {
    if rate.trim().is_empty() {
        return Ok(Allowances::default());
    }
    let bad = || FieldFault("rate", "must be a number of requests, such as 100".to_owned());
    let requests = rate.trim().parse().map_err(|_| bad())?;
    let known = PERIODS.iter().any(|(value, _)| *value == per);
    let per_seconds = per.parse().ok().filter(|_| known).ok_or_else(bad)?;
    let limits = Allowances { rates: vec![Rate { requests, per_seconds, burst: None }], ..Allowances::default() };
    limits.validate().map_err(|rule| FieldFault("rate", rule.rule))?;
    Ok(limits)
}

/// How much is left of a life, for a form that shows it: the day on which it ends.
pub fn day_of(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

/// The day that is so many days away.
pub fn day_in(now: Timestamp, days: u32) -> String {
    day_of(now.plus(Span::from_days(days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn lives_are_those_that_are_offered() {
        let said = |word: &str, until: &str| life(word, until, NOW).map_err(|fault| fault.0);
        assert_eq!(said("30", ""), Ok(Some(30 * DAY)));
        assert_eq!(said("none", ""), Ok(None));
        assert_eq!(said("date", "2027-01-16").map(|left| left.is_some_and(|left| left < 2 * DAY)), Ok(true));
        for (word, until, field) in [("", "", "life"), ("31", "", "life"), ("date", "2001-01-01", "until"), ("date", "x", "until")] {
            assert_eq!(said(word, until), Err(field), "{word} {until}");
        }
    }

    #[test]
    fn networks_are_lines() {
        let read = networks("10.0.0.0/8\r\n not 10.9.0.0/16, 192.0.2.7").expect("networks");
        assert_eq!(networks_text(&read), "10.0.0.0/8\n192.0.2.7/32\nnot 10.9.0.0/16");
        assert!(networks("somewhere").is_err() && networks("").is_ok_and(|none| none.is_empty()));
    }

    #[test]
    fn rates_are_numbers_within_their_limits() {
        assert!(limits("100", "60").is_ok_and(|limits| limits.rates.len() == 1) && limits("", "").is_ok());
        for (rate, per) in [("x", "60"), ("0", "60"), ("5", "7"), ("-1", "60"), ("99999999999999999999", "1")] {
            assert!(limits(rate, per).is_err(), "{rate} {per}");
        }
    }
}
