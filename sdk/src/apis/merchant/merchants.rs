//! Merchants: registration, login, records and states.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{
    api_keys::ApiKey,
    channels::ChannelConfig,
    results::{Changed, MessageData},
};
use crate::{
    apis::ids::MerchantId,
    contract::{
        error::Result,
        page::Page,
        secret::{PersonalText, SecretText},
        timestamp::Timestamp,
    },
    open_enum,
};

/// Merchants.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait MerchantApi {
    /// Registers a merchant, undecided and in test mode, with a key for tests and an inactive one for production.
    #[post("/merchant/register", keyed)]
    async fn register_merchant(&self, merchant: &RegisterMerchant) -> Result<Changed<Merchant>>;

    /// Logs a merchant in.
    // Unsafe: each attempt counts towards the lock-out, and each success is another token.
    #[post("/merchant/login", unsafe, tier = "critical")]
    async fn login_merchant(&self, login: &Login) -> Result<Changed<LoginResult>>;

    /// Answers the merchant who asks.
    #[get("/merchant/profile")]
    async fn get_profile(&self) -> Result<Merchant>;

    /// Changes the merchant who asks.
    #[put("/merchant/profile")]
    async fn update_profile(&self, changes: &UpdateMerchant) -> Result<Changed<Merchant>>;

    /// Lists merchants, newest first.
    #[get("/merchant")]
    async fn list_merchants(&self, #[query] filter: &MerchantFilter) -> Result<Page<Merchant>>;

    /// Creates a merchant on behalf of the platform.
    #[post("/merchant", keyed)]
    async fn create_merchant(&self, merchant: &CreateMerchant) -> Result<Changed<Merchant>>;

    /// Answers one merchant.
    #[get("/merchant/{id}")]
    async fn get_merchant(&self, id: &MerchantId) -> Result<Merchant>;

    /// Changes a merchant.
    #[put("/merchant/{id}")]
    async fn update_merchant(&self, id: &MerchantId, changes: &UpdateMerchant) -> Result<Changed<Merchant>>;

    /// Deletes a merchant and ends its keys and tokens; its e-mail address stays taken.
    #[delete("/merchant/{id}")]
    async fn delete_merchant(&self, id: &MerchantId) -> Result<MessageData>;

    /// Sets whether a merchant may do business.
    #[put("/merchant/{id}/status")]
    async fn update_merchant_status(&self, id: &MerchantId, update: &UpdateMerchantStatus) -> Result<MessageData>;

    /// Sets what was found about a merchant's papers.
    #[put("/merchant/{id}/kyc-status")]
    async fn update_merchant_kyc_status(
        &self,
        id: &MerchantId,
        update: &UpdateMerchantKycStatus,
    ) -> Result<MessageData>;
}

// === requests ===

/// Who wants to become a merchant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RegisterMerchant {
    /// Not empty.
    pub name: PersonalText,
    /// Not used by another merchant.
    pub email: PersonalText,
    /// At least 12 characters, at most 1024 bytes.
    pub password: SecretText,
    /// Not empty.
    pub company_name: String,
    pub business_type: BusinessType,
    /// Not empty.
    pub country: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
}

/// Who logs in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Login {
    pub email: PersonalText,
    pub password: SecretText,
}

/// What to change of a merchant: absent fields keep the stored value, empty texts replace it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateMerchant {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_type: Option<BusinessType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
}

/// Which merchants to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantFilter {
    /// From 1.
    pub page: Option<i64>,
    /// 1 to 100; 20 when absent.
    pub page_size: Option<i64>,
    /// Exact match.
    pub status: Option<MerchantStatus>,
    /// Exact match.
    pub kyc_status: Option<MerchantKycStatus>,
    /// A part of name, e-mail address or name of the company; small and capital letters are the same.
    pub keyword: Option<String>,
}

/// A merchant to be created by staff of the platform.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateMerchant {
    /// Not empty.
    pub name: PersonalText,
    /// Not used by another merchant.
    pub email: PersonalText,
    /// At least 12 characters, at most 1024 bytes.
    pub password: SecretText,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_type: Option<BusinessType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
}

/// Whether a merchant may do business from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateMerchantStatus {
    pub status: MerchantStatus,
}

/// What was found about a merchant's papers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateMerchantKycStatus {
    pub kyc_status: MerchantKycStatus,
}

// === answers ===

/// A merchant as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Merchant {
    pub id: MerchantId,
    pub name: PersonalText,
    pub email: PersonalText,
    pub phone: PersonalText,
    pub company_name: String,
    pub business_type: BusinessType,
    pub country: String,
    pub website: String,
    pub status: MerchantStatus,
    pub kyc_status: MerchantKycStatus,
    /// Whether only test keys may be used.
    pub is_test_mode: bool,
    /// JSON text; `{}` at first.
    pub metadata: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Secrets are masked. Absent when empty, and in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_keys: Vec<ApiKey>,
    /// Credentials are masked. Absent when empty, and in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channel_configs: Vec<ChannelConfig>,
}

/// That somebody has logged in, or has given the first of two proofs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LoginResult {
    /// A JWT; empty while the second proof is awaited.
    pub token: SecretText,
    pub merchant: Merchant,
    /// Whether a second proof is wanted: merchant-auth-service takes it, with `temp_token`.
    pub require_2fa: bool,
    /// Absent unless a second proof is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temp_token: Option<SecretText>,
}

// === words ===

open_enum! {
    /// Who does business.
    pub enum BusinessType {
        /// A person.
        Individual = "individual",
        /// A company.
        Company = "company",
    }
}

open_enum! {
    /// Whether a merchant may do business.
    pub enum MerchantStatus {
        /// Not decided.
        Pending = "pending",
        /// It may.
        Active = "active",
        /// It may not for now, nor log in.
        Suspended = "suspended",
        /// It was refused, and may not log in.
        Rejected = "rejected",
    }
}

open_enum! {
    /// What was found about a merchant's papers.
    pub enum MerchantKycStatus {
        /// Not looked at.
        Pending = "pending",
        /// In order.
        Verified = "verified",
        /// Refused.
        Rejected = "rejected",
    }
}
