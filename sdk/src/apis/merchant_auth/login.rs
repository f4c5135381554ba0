//! Login in one step, or in two where a second factor is on.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::sessions::SessionId;
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, secret::SecretText, timestamp::Timestamp},
};

/// Logins of merchants.
#[api(service = "merchant-auth-service", base_path = "/api/v1", port = 40011)]
pub trait MerchantLoginApi {
    /// Verifies a password and opens a session, or asks for the second factor first.
    // Unsafe: each attempt counts towards the lock-out, and each success is another session.
    #[post("/auth/login", unsafe, tier = "critical")]
    async fn login(&self, login: &MerchantLogin) -> Result<LoginOutcome>;

    /// Verifies the second factor of a pending login and opens its session.
    // Unsafe: a code is accepted once, so a repeat would be refused.
    #[post("/auth/login/verify", unsafe, tier = "critical")]
    async fn verify_login(&self, verification: &VerifyLogin) -> Result<MerchantSession>;
}

// === requests ===

/// Who wants to log in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantLogin {
    pub merchant_id: MerchantId,
    pub password: SecretText,
}

/// The second step of a login.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct VerifyLogin {
    /// As the first step gave it.
    pub mfa_token: SecretText,
    /// Six digits, or a backup code.
    pub code: SecretText,
}

// === answers ===

/// How the first step of a login ended. There is no third way: a word that a client does not know is no login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum LoginOutcome {
    /// A session is open.
    Complete(MerchantSession),
    /// The second factor is asked for.
    MfaPending(MfaPending),
}

/// An open session and the token that speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantSession {
    pub session_id: SessionId,
    pub merchant_id: MerchantId,
    /// Bearer token; dies with the session.
    pub access_token: SecretText,
    pub expires_at: Timestamp,
}

/// A login that waits for the second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MfaPending {
    /// Good for the second step and for nothing else.
    pub mfa_token: SecretText,
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::LoginOutcome;
    use crate::apis::testing::both_ways;

    #[test]
    fn a_login_ends_in_a_session_or_asks_for_the_second_factor() {
        let complete: LoginOutcome = both_ways(
            r#"{"outcome": "complete", "session_id": "9F", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                "access_token": "ey.open", "expires_at": "2025-10-24T12:00:00Z"}"#,
        );
        assert!(matches!(complete, LoginOutcome::Complete(_)));
        let pending: LoginOutcome =
            both_ways(r#"{"outcome": "mfa_pending", "mfa_token": "ey.half", "expires_at": "2025-10-24T12:00:00Z"}"#);
        assert!(matches!(&pending, LoginOutcome::MfaPending(_)));
        assert!(!format!("{complete:?} {pending:?}").contains("ey."), "tokens are not printed");
    }
}
