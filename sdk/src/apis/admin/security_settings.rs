//! Settings of an administrator's account security, which every login obeys.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{ids::OperatorId, words::OperatorType},
    contract::{error::Result, timestamp::Timestamp},
    uuid_id,
};

/// The calling administrator's security settings.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait AdminSecuritySettingsApi {
    /// Answers the security settings; the defaults before the first update.
    #[get("/security/security/settings")]
    async fn get_security_settings(&self) -> Result<SecuritySettings>;

    /// Changes the security settings: absent fields keep their values.
    #[put("/security/security/settings")]
    async fn update_security_settings(&self, changes: &UpdateSecuritySettings) -> Result<()>;
}

/// What to change of the settings. Lists are lists here, and JSON text in answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateSecuritySettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_expiry_days: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_timeout_minutes: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrent_sessions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_whitelist: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_countries: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_countries: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_notification: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abnormal_notification: Option<bool>,
}

/// Settings of an administrator's account security.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SecuritySettings {
    pub id: SecuritySettingsId,
    pub user_id: OperatorId,
    pub user_type: OperatorType,
    pub password_changed_at: Option<Timestamp>,
    pub require_password_change: bool,
    /// Starts at 90; 0 means never.
    pub password_expiry_days: i32,
    /// Starts at 60.
    pub session_timeout_minutes: i32,
    /// Starts at 5.
    pub max_concurrent_sessions: i32,
    /// JSON text of a list of texts; an empty one allows every address.
    pub ip_whitelist: String,
    /// JSON text of a list of texts; an empty one allows every country.
    pub allowed_countries: String,
    /// JSON text of a list of texts.
    pub blocked_countries: String,
    /// A login is told to the administrator.
    pub login_notification: bool,
    /// A suspicious login is told to the administrator.
    pub abnormal_notification: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

uuid_id! {
    /// A record of security settings.
    pub struct SecuritySettingsId
}
