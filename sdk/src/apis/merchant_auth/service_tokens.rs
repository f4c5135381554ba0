//! Tokens by which services know each other.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::ServiceName,
    contract::{error::Result, secret::SecretText, timestamp::Timestamp},
};

/// Tokens of the services.
#[api(service = "merchant-auth-service", base_path = "/api/v1", port = 40011)]
pub trait ServiceTokenApi {
    /// Signs a token that proves to one service which other service calls, for five minutes at most.
    // Safe although a POST: it asks for a signature and leaves nothing behind; a repeat is another token that lapses as
    // soon. A POST, since a secret belongs in no address. Critical: no service can call another without.
    #[post("/service-tokens", safe, tier = "critical")]
    async fn issue_service_token(&self, request: &IssueServiceToken) -> Result<ServiceToken>;
}

/// Who wants to call whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct IssueServiceToken {
    /// The service that calls.
    pub service: ServiceName,
    /// The service that is called; no other accepts the token.
    pub audience: ServiceName,
    /// The calling service's own secret.
    pub secret: SecretText,
    /// What the token shall be good for; everything that the caller may do there when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

/// A signed token, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ServiceToken {
    /// Bearer token.
    pub token: SecretText,
    /// Who signed it.
    pub issuer: String,
    /// The service that calls.
    pub service: ServiceName,
    /// The service that accepts it.
    pub audience: ServiceName,
    /// What it is good for.
    pub scopes: Vec<String>,
    /// Five minutes after `issued_at` at most.
    pub expires_at: Timestamp,
    pub issued_at: Timestamp,
}
