//! Keys with which a merchant's programs call the platform.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::results::{Changed, MessageData};
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, secret::SecretText, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// API keys of the merchant who asks.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait ApiKeyApi {
    /// Lists keys, newest first, their secrets masked.
    #[get("/api-keys")]
    async fn list_api_keys(&self, environment: Option<Environment>) -> Result<Vec<ApiKey>>;

    /// Makes a key, and shows its secret this once.
    ///
    /// At most 5 for each environment. For production the merchant must be active and its papers in order.
    // Unsafe, as rotating is, and not keyed: a secret that is shown once is kept in no stored answer. A key whose secret
    // got lost on the way can be deleted.
    #[post("/api-keys", unsafe)]
    async fn create_api_key(&self, key: &CreateApiKey) -> Result<Changed<ApiKey>>;

    /// Answers one key, its secret masked.
    #[get("/api-keys/{id}")]
    async fn get_api_key(&self, id: &ApiKeyId) -> Result<ApiKey>;

    /// Changes a key, and answers it with its secret masked.
    #[put("/api-keys/{id}")]
    async fn update_api_key(&self, id: &ApiKeyId, changes: &UpdateApiKey) -> Result<Changed<ApiKey>>;

    /// Deletes a key for good; an active one for production must be revoked first.
    #[delete("/api-keys/{id}")]
    async fn delete_api_key(&self, id: &ApiKeyId) -> Result<MessageData>;

    /// Ends a key.
    // Idempotent: a repeat finds the state that it asks for.
    #[post("/api-keys/{id}/revoke", idempotent)]
    async fn revoke_api_key(&self, id: &ApiKeyId) -> Result<MessageData>;

    /// Replaces the secret of a key, and shows the new one this once; the old one ends at once.
    // A first attempt that arrives late would end the secret that the second one has given.
    #[post("/api-keys/{id}/rotate", unsafe)]
    async fn rotate_api_key(&self, id: &ApiKeyId) -> Result<Changed<ApiKey>>;
}

// === requests ===

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateApiKey {
    /// Not empty.
    pub name: String,
    pub environment: Environment,
    /// Never when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// What to change of a key; absent fields keep what is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateApiKey {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A key that was revoked stays so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// Once there is such a time, it can only be moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

// === answers ===

/// A key: what a merchant's program names, and what it signs with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub merchant_id: MerchantId,
    /// `pk_test_` or `pk_live_`, and 43 base64url characters.
    pub api_key: String,
    /// `sk_` and 86 base64url characters, or 88 characters without it; take it as it is. `sk_****` where it is masked.
    pub api_secret: SecretText,
    pub name: String,
    pub environment: Environment,
    pub is_active: bool,
    pub last_used_at: Option<Timestamp>,
    /// Null for never.
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A key, as it is changed; programs name its `api_key`.
    pub struct ApiKeyId
}

open_enum! {
    /// Whether money moves.
    pub enum Environment {
        /// None does.
        Test = "test",
        /// It does.
        Production = "production",
    }
}
