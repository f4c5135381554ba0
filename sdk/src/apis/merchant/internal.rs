//! Who a merchant is, and whether somebody knows its password: what other services of the platform ask, and nobody else
//! may.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{merchants::MerchantStatus, results::MessageData};
use crate::{
    apis::ids::MerchantId,
    contract::{
        error::Result,
        secret::{PersonalText, SecretText},
    },
    text_id,
};

/// Merchants, for other services of the platform.
// Critical: nobody logs in without it.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait MerchantInternalApi {
    /// Answers who a merchant is.
    #[get("/merchants/{id}", tier = "critical")]
    async fn get_merchant_identity(&self, id: &MerchantId) -> Result<MerchantIdentity>;

    /// Answers whether a password is a merchant's own: the way to ask, since its hash then stays where it is.
    // Not safe: a wrong password counts towards locking the merchant out, so it is not asked twice at once.
    #[post("/internal/credentials/verify", idempotent, tier = "critical")]
    async fn verify_credentials(&self, credentials: &VerifyCredentials) -> Result<CredentialsVerdict>;

    /// Answers who a merchant is, with the hash of its password; `verify_credentials` needs no hash.
    #[get("/merchants/{id}/with-password", tier = "critical")]
    async fn get_merchant_with_password(&self, id: &MerchantId) -> Result<MerchantCredentials>;

    /// Replaces the hash of a merchant's password.
    #[put("/merchants/{id}/password", tier = "critical")]
    async fn update_merchant_password_hash(&self, id: &MerchantId, update: &UpdatePasswordHash) -> Result<MessageData>;
}

// === requests ===

/// What somebody says who claims to be a merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct VerifyCredentials {
    pub merchant_id: MerchantId,
    /// Not empty.
    pub password: SecretText,
}

/// A new hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdatePasswordHash {
    /// A PHC string of argon2id with the platform's own parameters; anything else is refused.
    pub password_hash: SecretText,
}

// === answers ===

/// Who a merchant is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantIdentity {
    pub id: MerchantId,
    pub merchant_no: MerchantNo,
    pub merchant_name: PersonalText,
    pub email: PersonalText,
    pub phone: PersonalText,
    pub status: MerchantStatus,
}

/// Whether a password was right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CredentialsVerdict {
    pub valid: bool,
    /// Whether the merchant may log in at all.
    pub status: MerchantStatus,
}

/// Who a merchant is, and the hash of its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantCredentials {
    pub id: MerchantId,
    pub merchant_no: MerchantNo,
    pub merchant_name: PersonalText,
    pub email: PersonalText,
    pub phone: PersonalText,
    pub status: MerchantStatus,
    /// A PHC string of argon2id.
    pub password_hash: SecretText,
}

text_id! {
    /// Number of a merchant, for people; empty where it has none.
    pub struct MerchantNo
}
