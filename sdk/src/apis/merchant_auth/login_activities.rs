//! The history of a merchant's logins.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::sessions::SessionId;
use crate::{
    apis::{
        ids::MerchantId,
        words::{DeviceType, LoginStatus, LoginType},
    },
    contract::{error::Result, page::Page, secret::PersonalText, timestamp::Timestamp},
    uuid_id,
};

/// The calling merchant's logins.
#[api(service = "merchant-auth-service", base_path = "/api/v1", port = 40011)]
pub trait MerchantLoginActivityApi {
    /// Lists logins, newest first. A page below 1 becomes 1, a size outside 1..100 becomes 20.
    #[get("/security/login-activities")]
    async fn list_login_activities(&self, page: Option<i64>, page_size: Option<i64>) -> Result<Page<LoginActivity>>;
}

/// One attempt to log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LoginActivity {
    pub id: LoginActivityId,
    pub merchant_id: MerchantId,
    pub login_type: LoginType,
    pub status: LoginStatus,
    pub ip: PersonalText,
    pub user_agent: String,
    pub device_type: DeviceType,
    pub browser: String,
    pub os: String,
    pub country: String,
    pub city: String,
    pub location: String,
    /// It does not look like the others.
    pub is_abnormal: bool,
    /// Why not: `new_device`, `new_location`, `new_ip`, `new_country`, `high_risk`, `vpn`, `rate_limit`, `timezone`,
    /// separated by commas.
    pub abnormal_reason: String,
    pub failed_reason: String,
    /// Empty when no session came of it.
    pub session_id: SessionId,
    pub login_at: Timestamp,
    pub logout_at: Option<Timestamp>,
}

uuid_id! {
    /// One attempt to log in.
    pub struct LoginActivityId
}
