//! Entries: one value of one service and environment, and what it was before.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::ServiceName,
    contract::{error::Result, page::Page, secret::SecretText, timestamp::Timestamp},
    open_enum, text_id, uuid_id,
};

/// Entries and their history.
#[api(service = "config-service", base_path = "/api/v1", port = 40010)]
pub trait ConfigApi {
    /// Lists entries, newest first; values that are kept encrypted come as ciphertext.
    #[get("/configs")]
    async fn list_configs(&self, #[query] filter: &ConfigFilter) -> Result<Page<Config>>;

    /// Creates an entry, and answers it as it is kept.
    // Keyed: the repeat of a creation hears the first answer, not that there is one already. What is kept encrypted is
    // encrypted in that answer, too.
    #[post("/configs", keyed)]
    async fn create_config(&self, config: &CreateConfig) -> Result<Config>;

    /// Answers one entry, its value in clear.
    // Not cached, though it is configuration: it may be a secret, and is asked for by people.
    #[get("/configs/{id}")]
    async fn get_config(&self, id: &ConfigId) -> Result<Config>;

    /// Changes value or description, and answers the entry as it is kept.
    // A repeat finds the value that it asks for, and makes no new version.
    #[put("/configs/{id}")]
    async fn update_config(&self, id: &ConfigId, changes: &UpdateConfig) -> Result<Config>;

    /// Deletes an entry; its history stays.
    #[delete("/configs/{id}")]
    async fn delete_config(&self, id: &ConfigId) -> Result<()>;

    /// Lists the changes of an entry, newest first, also after it was deleted.
    ///
    /// At most `limit` of them; 10 when absent.
    #[get("/configs/{id}/history")]
    async fn list_config_history(&self, id: &ConfigId, limit: Option<i32>) -> Result<Vec<ConfigHistory>>;

    /// Gives an entry the value that it had at a version, as a new version.
    // Keyed: each time is one more version.
    #[post("/configs/{id}/rollback", keyed)]
    async fn rollback_config(&self, id: &ConfigId, rollback: &RollbackConfig) -> Result<Config>;
}

// === requests ===

/// Which configs to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ConfigFilter {
    /// Exact match.
    pub service_name: Option<ServiceName>,
    /// Exact match.
    pub environment: Option<String>,
    /// A part of the key.
    pub config_key: Option<String>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// An entry to be created. There is one per service, key and environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateConfig {
    /// Not empty.
    pub service_name: ServiceName,
    /// Not empty.
    pub config_key: ConfigKey,
    /// Text form of the value; not empty.
    pub config_value: SecretText,
    /// `string` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_type: Option<String>,
    /// `production` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Keeps the value encrypted with AES-256-GCM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_encrypted: Option<bool>,
    /// On whose behalf; who calls is noted anyway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
}

/// What to change of an entry; absent fields keep what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateConfig {
    /// Empty keeps the value and the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_value: Option<SecretText>,
    /// Empty keeps the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// On whose behalf; who calls is noted anyway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_reason: Option<String>,
}

/// Which version to go back to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RollbackConfig {
    /// The version whose value is wanted; not 0.
    pub target_version: i32,
    /// On whose behalf; not empty. Who calls is noted anyway.
    pub rolled_by: String,
    /// Not empty.
    pub reason: String,
}

// === answers ===

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Config {
    pub id: ConfigId,
    pub service_name: ServiceName,
    pub config_key: ConfigKey,
    /// Text form of the value; which operations answer it in clear is said there.
    pub config_value: SecretText,
    /// Such as `string`.
    pub value_type: String,
    /// Such as `production`.
    pub environment: String,
    pub description: String,
    pub is_encrypted: bool,
    /// From 1; one more with each change of the value.
    pub version: i32,
    pub created_by: String,
    pub updated_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A change of an entry. Values that are kept encrypted are ciphertext here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ConfigHistory {
    pub id: ConfigHistoryId,
    pub config_id: ConfigId,
    pub service_name: ServiceName,
    pub config_key: ConfigKey,
    /// The value at `version`; empty when the entry was created.
    pub old_value: SecretText,
    pub new_value: SecretText,
    /// The version before the change.
    pub version: i32,
    pub changed_by: String,
    pub change_type: ChangeType,
    pub change_reason: String,
    pub created_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// An entry.
    pub struct ConfigId
}

uuid_id! {
    /// A change of an entry.
    pub struct ConfigHistoryId
}

text_id! {
    /// What a value is called within its service, such as `fees.default`.
    pub struct ConfigKey
}

open_enum! {
    /// What happened to an entry.
    pub enum ChangeType {
        /// It was created.
        Create = "create",
        /// Value or description changed.
        Update = "update",
        /// It was deleted.
        Delete = "delete",
        /// An earlier value was restored.
        Rollback = "rollback",
    }
}
