//! What a service must know of an API key to check what was signed with it.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{api_keys::Environment, merchants::MerchantStatus};
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, secret::SecretText, timestamp::Timestamp},
};

/// API keys, for services that check signatures.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait ApiKeyInternalApi {
    /// Answers whose a key is, its secret, and whether it counts; 404 for a key that nobody has.
    // Kept for seconds: every signed request asks, and a key that has been revoked ends within them. While
    // merchant-service is away, the merchants that it has named go on paying.
    #[get("/internal/api-keys/{api_key}", tier = "critical", cache = "5s", stale_if_error = "5m")]
    async fn get_signing_key(&self, api_key: &str) -> Result<SigningKey>;
}

/// A key as those who check signatures need it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SigningKey {
    pub merchant_id: MerchantId,
    /// As programs name it.
    pub api_key: String,
    /// What they sign with.
    pub api_secret: SecretText,
    pub environment: Environment,
    /// False once it was revoked.
    pub is_active: bool,
    /// Null for never.
    pub expires_at: Option<Timestamp>,
    /// Only an active merchant's keys count for production.
    pub merchant_status: MerchantStatus,
}

#[cfg(test)]
mod tests {
    use super::SigningKey;
    use crate::apis::testing::both_ways;

    #[test]
    fn the_secret_of_a_signing_key_travels_and_is_not_printed() {
        let key: SigningKey = both_ways(
            r#"{"merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "api_key": "pk_test_1", "api_secret": "sk_1",
                "environment": "test", "is_active": true, "expires_at": null, "merchant_status": "active"}"#,
        );
        assert_eq!(key.api_secret.expose(), "sk_1");
        assert!(!format!("{key:?}").contains("sk_1"));
    }
}
