//! How long access tokens live by the grant type that they are had by, where somebody says so: the configuration, an API, or what an
//! operator lays down about a client. The shortest of all that is said holds.

use super::grant_type::GrantType;
use crate::{fault::Invalid, limits, timestamp::Span};
use serde::{Deserialize, Serialize};

/// Longest lives in seconds; one that is absent says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LivesByGrant {
    /// `authorization_code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_code: Option<u32>,
    /// `refresh_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<u32>,
    /// `client_credentials`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_credentials: Option<u32>,
    /// `urn:ietf:params:oauth:grant-type:device_code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_code: Option<u32>,
    /// `urn:ietf:params:oauth:grant-type:token-exchange`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_exchange: Option<u32>,
    /// `urn:ietf:params:oauth:grant-type:jwt-bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_bearer: Option<u32>,
}

impl LivesByGrant {
    /// The life that is said for a grant type.
    pub fn of(&self, grant_type: GrantType) -> Option<Span> {
        let seconds = match grant_type {
            GrantType::AuthorizationCode => self.authorization_code,
            GrantType::RefreshToken => self.refresh_token,
            GrantType::ClientCredentials => self.client_credentials,
            GrantType::DeviceCode => self.device_code,
            GrantType::TokenExchange => self.token_exchange,
            GrantType::JwtBearer => self.jwt_bearer,
        };
        seconds.map(Span::from_seconds)
    }
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
    /// Checks that each is one that an access token can have.
    pub fn validate(&self) -> Result<(), Invalid> {
        let possible = limits::ACCESS_TOKEN_LIFE_MIN..=limits::JWT_LIFE_MAX;
        match GrantType::ALL.into_iter().filter_map(|grant_type| self.of(grant_type)).find(|life| !possible.contains(life)) {
            None => Ok(()),
            Some(_) => {
                let (least, most) = (possible.start().as_seconds_up(), possible.end().as_seconds_up());
                Err(Invalid::new(format!("must hold lives of {least} to {most} seconds")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_grant_type_has_its_own_name() {
        let text =
            r#"{"authorization_code":61,"refresh_token":62,"client_credentials":63,"device_code":64,"token_exchange":65,"jwt_bearer":66}"#;
        let lives: LivesByGrant = serde_json::from_str(text).expect("read");
        let seconds: Vec<i64> = GrantType::ALL.iter().filter_map(|one| lives.of(*one)).map(|life| life.as_seconds_up()).collect();
        assert_eq!(seconds, [61, 62, 63, 64, 65, 66]);
        assert_eq!(serde_json::to_string(&lives).expect("written"), text);
        assert_eq!(serde_json::to_string(&LivesByGrant::default()).expect("written"), "{}");
        assert!(serde_json::from_str::<LivesByGrant>(r#"{"password":60}"#).is_err());
        for (seconds, is_good) in [(29, false), (30, true), (86_400, true), (86_401, false)] {
            assert_eq!(LivesByGrant { device_code: Some(seconds), ..LivesByGrant::default() }.validate().is_ok(), is_good, "{seconds}");
        }
    }
}
