//! Settings of the platform that administrators change at run time.

use std::collections::BTreeMap;

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::pages::Paginated;
use crate::{
    apis::ids::OperatorId,
    contract::{error::Result, secret::SecretText, timestamp::Timestamp},
    open_enum, text_id, uuid_id,
};

/// Settings of the platform.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait SystemConfigApi {
    /// Creates a setting.
    // Unsafe and not keyed: the answer may carry a credential. A repeat would hear that the key is taken.
    #[post("/system-configs", unsafe)]
    async fn create_system_config(&self, config: &CreateSystemConfig) -> Result<SystemConfig>;

    /// Lists settings by category and key. Pages count from 1 and have 1 to 100; 20 when absent.
    #[get("/system-configs", envelope = "bare")]
    async fn list_system_configs(
        &self,
        page: Option<i64>,
        page_size: Option<i64>,
        category: Option<SystemConfigCategory>,
    ) -> Result<Paginated<SystemConfig>>;

    /// Answers one setting.
    #[get("/system-configs/{id}")]
    async fn get_system_config(&self, id: &SystemConfigId) -> Result<SystemConfig>;

    /// Changes a setting: empty and absent fields keep their values.
    #[put("/system-configs/{id}")]
    async fn update_system_config(&self, id: &SystemConfigId, changes: &UpdateSystemConfig) -> Result<SystemConfig>;

    /// Deletes a setting; its key stays taken.
    #[delete("/system-configs/{id}")]
    async fn delete_system_config(&self, id: &SystemConfigId) -> Result<()>;

    /// Answers one setting by its key.
    #[get("/system-configs/key/{key}", cache = "5s", stale_if_error = "5m")]
    async fn get_system_config_by_key(&self, key: &SystemConfigKey) -> Result<SystemConfig>;

    /// Lists all settings by category.
    #[get("/system-configs/grouped")]
    async fn list_system_configs_by_category(&self) -> Result<GroupedSystemConfigs>;

    /// Changes several settings, all or none.
    // Idempotent: a repeat finds the values that it asks for.
    #[post("/system-configs/batch", idempotent)]
    async fn batch_update_system_configs(&self, changes: &UpdateSystemConfigs) -> Result<()>;
}

// === requests ===

/// A setting to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateSystemConfig {
    /// Not empty.
    pub key: SystemConfigKey,
    /// Not empty.
    pub value: SecretText,
    #[serde(rename = "type")]
    pub value_type: SystemConfigType,
    pub category: SystemConfigCategory,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// False when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_public: Option<bool>,
}

impl CreateSystemConfig {
    /// A setting that merchants do not read, for `CreateSystemConfig { description, ..CreateSystemConfig::new(..) }`.
    pub fn new(
        key: SystemConfigKey,
        value: SecretText,
        value_type: SystemConfigType,
        category: SystemConfigCategory,
    ) -> Self {
        Self { key, value, value_type, category, description: None, is_public: None }
    }
}

/// What to change of a setting: empty and absent fields keep the stored value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateSystemConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<SystemConfigKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<SecretText>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub value_type: Option<SystemConfigType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<SystemConfigCategory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_public: Option<bool>,
}

/// What to change of several settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateSystemConfigs {
    pub configs: Vec<NewSystemConfigValue>,
}

/// A value for one setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NewSystemConfigValue {
    pub id: SystemConfigId,
    /// An empty one keeps the stored value.
    pub value: SecretText,
    /// An empty one keeps the stored text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

// === answers ===

/// A setting as the service keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SystemConfig {
    pub id: SystemConfigId,
    pub key: SystemConfigKey,
    /// Not printed: it may be a credential, such as that of a mail server.
    pub value: SecretText,
    #[serde(rename = "type")]
    pub value_type: SystemConfigType,
    pub category: SystemConfigCategory,
    pub description: String,
    /// Merchants may read it.
    pub is_public: bool,
    pub updated_by: OperatorId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// All settings by category.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct GroupedSystemConfigs {
    /// Keys are categories.
    pub configs: BTreeMap<String, Vec<SystemConfig>>,
    pub total: i64,
}

// === ids and words ===

uuid_id! {
    /// A setting.
    pub struct SystemConfigId
}

text_id! {
    /// A setting by its name; unique, deleted ones included.
    pub struct SystemConfigKey
}

open_enum! {
    /// What a value is.
    pub enum SystemConfigType {
        /// Text.
        Text = "string",
        /// A number as text.
        Number = "number",
        /// `true` or `false`.
        Boolean = "boolean",
        /// JSON text.
        Json = "json",
    }
}

open_enum! {
    /// What a setting is about.
    pub enum SystemConfigCategory {
        /// Payments.
        Payment = "payment",
        /// Mails and messages.
        Notification = "notification",
        /// Checks of payments.
        Risk = "risk",
    }
}
