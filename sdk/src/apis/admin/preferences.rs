//! How an administrator wants the portal to look.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::preference_words::{DateFormat, Language, NumberFormat, Theme, TimeFormat, Timezone};
use crate::{
    apis::{
        ids::OperatorId,
        words::{JsonObject, OperatorType},
    },
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    uuid_id,
};

/// The calling administrator's preferences.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait AdminPreferenceApi {
    /// Answers the preferences; the defaults before the first update.
    ///
    /// They are `en`, `USD`, `UTC`, `YYYY-MM-DD`, `24h`, `1,234.56` and `light`.
    #[get("/preferences/preferences")]
    async fn get_preferences(&self) -> Result<UserPreferences>;

    /// Changes the preferences: absent fields keep their values, unknown words are refused.
    #[put("/preferences/preferences")]
    async fn update_preferences(&self, changes: &UpdatePreferences) -> Result<UserPreferences>;
}

/// What to change of the preferences: absent fields keep the stored value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdatePreferences {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<Timezone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<DateFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_format: Option<TimeFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_format: Option<NumberFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dashboard_layout: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_prefs: Option<JsonObject>,
}

/// Preferences as the service keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UserPreferences {
    pub id: UserPreferencesId,
    pub user_id: OperatorId,
    pub user_type: OperatorType,
    pub language: Language,
    /// In which amounts of several currencies are shown.
    pub currency: Currency,
    pub timezone: Timezone,
    pub date_format: DateFormat,
    pub time_format: TimeFormat,
    pub number_format: NumberFormat,
    pub theme: Theme,
    /// JSON text of an object.
    pub dashboard_layout: String,
    /// JSON text of an object.
    pub notification_prefs: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

uuid_id! {
    /// A record of preferences.
    pub struct UserPreferencesId
}
