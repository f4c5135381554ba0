//! Feature flags: what is switched on, and for whom.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    contract::{error::Result, page::Page, timestamp::Timestamp},
    text_id, uuid_id,
};

/// Feature flags.
#[api(service = "config-service", base_path = "/api/v1", port = 40010)]
pub trait FeatureFlagApi {
    /// Lists flags, newest first.
    #[get("/feature-flags")]
    async fn list_feature_flags(&self, #[query] filter: &FeatureFlagFilter) -> Result<Page<FeatureFlag>>;

    /// Creates a flag.
    // Keyed: the repeat of a creation hears the first answer, not that the key is taken.
    #[post("/feature-flags", keyed)]
    async fn create_feature_flag(&self, flag: &CreateFeatureFlag) -> Result<FeatureFlag>;

    /// Answers one flag.
    #[get("/feature-flags/{key}", cache = "5s", stale_if_error = "10m")]
    async fn get_feature_flag(&self, key: &FlagKey) -> Result<FeatureFlag>;

    /// Changes a flag.
    #[put("/feature-flags/{key}")]
    async fn update_feature_flag(&self, key: &FlagKey, changes: &UpdateFeatureFlag) -> Result<FeatureFlag>;

    /// Deletes a flag, found by its id and not by its key; an unknown one is deleted already.
    #[delete("/feature-flags/{key}")]
    async fn delete_feature_flag(&self, key: &FeatureFlagId) -> Result<()>;

    /// Answers whether a feature is on for a user or merchant in a region; an unknown one is not.
    ///
    /// Without `subject` a flag with a whitelist is off, and one for a part of all is decided by its key alone. Without
    /// `region` a flag with regions is off.
    #[get("/feature-flags/{key}/enabled", cache = "5s", stale_if_error = "10m")]
    async fn is_feature_enabled(
        &self,
        key: &FlagKey,
        subject: Option<&str>,
        region: Option<&str>,
    ) -> Result<FeatureState>;
}

// === requests ===

/// Which flags to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FeatureFlagFilter {
    /// Exact match.
    pub environment: Option<String>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// A flag to be created.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateFeatureFlag {
    /// Not empty, and never used before.
    pub flag_key: FlagKey,
    /// Not empty.
    pub flag_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Off when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// `production` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<FlagConditions>,
    /// As in [`FeatureFlag`]; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<i32>,
    /// On whose behalf; who calls is noted anyway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
}

/// What to change of a flag; absent fields keep what is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateFeatureFlag {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Replaces all conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<FlagConditions>,
    /// As in [`FeatureFlag`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<i32>,
    /// On whose behalf; who calls is noted anyway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<String>,
}

/// For whom a flag is on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FlagConditions {
    /// Users or merchants for whom alone it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whitelist: Option<Vec<String>>,
    /// Users or merchants for whom it is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blacklist: Option<Vec<String>>,
    /// Where alone it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<Vec<String>>,
}

// === answers ===

/// A flag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FeatureFlag {
    pub id: FeatureFlagId,
    /// Unique, also among deleted flags.
    pub flag_key: FlagKey,
    pub flag_name: String,
    pub description: String,
    pub enabled: bool,
    /// Such as `production`.
    pub environment: String,
    /// Absent when empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<FlagConditions>,
    /// For how many of a hundred it is on; 0, and 100 and above, mean everybody.
    pub percentage: i32,
    pub created_by: String,
    pub updated_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Whether a feature is on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FeatureState {
    pub enabled: bool,
}

// === ids and words ===

uuid_id! {
    /// A flag, as it is deleted.
    pub struct FeatureFlagId
}

text_id! {
    /// What a flag is called in code, such as `new-checkout`.
    pub struct FlagKey
}
