//! Whose session a token speaks for: what other services of the platform ask, and nobody else may.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::sessions::SessionId;
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, secret::SecretText, timestamp::Timestamp},
};

/// Sessions, for services that are shown their tokens.
#[api(service = "merchant-auth-service", base_path = "/api/v1", port = 40011)]
pub trait SessionInternalApi {
    /// Answers whose session a token speaks for; 404 for a token of no open session.
    // Safe although a POST: it asks and leaves nothing behind; a POST, since a token belongs in no address. Not kept: a
    // session that was ended is over at once. Critical: no merchant gets past it without.
    #[post("/internal/sessions/verify", safe, tier = "critical")]
    async fn verify_session(&self, session: &VerifySession) -> Result<OpenSession>;
}

/// What somebody shows who claims to have logged in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct VerifySession {
    /// As the login gave it, without the word Bearer.
    pub token: SecretText,
}

/// A session that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OpenSession {
    pub merchant_id: MerchantId,
    /// Who acts for the merchant; null where it has logged in as itself.
    pub user: Option<String>,
    pub session_id: SessionId,
    pub expires_at: Timestamp,
    /// Whether the login proved a second factor.
    pub two_factor: bool,
}

#[cfg(test)]
mod tests {
    use super::{OpenSession, VerifySession};
    use crate::apis::testing::both_ways;

    #[test]
    fn a_token_travels_in_the_body_and_is_not_printed() {
        let asked: VerifySession = both_ways(r#"{"token": "ey.open"}"#);
        assert!(!format!("{asked:?}").contains("ey.open"));
    }

    #[test]
    fn a_merchant_that_acts_itself_has_no_user() {
        let open: OpenSession = both_ways(
            r#"{"merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "user": null, "session_id": "9F",
                "expires_at": "2025-10-24T12:00:00Z", "two_factor": false}"#,
        );
        assert_eq!(open.user, None);
    }
}
