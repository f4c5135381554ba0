//! The history of an administrator's logins.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::sessions::SessionId;
use crate::{
    apis::{
        ids::OperatorId,
        words::{DeviceType, LoginStatus, LoginType, OperatorType},
    },
    contract::{error::Result, secret::PersonalText, timestamp::Timestamp},
    uuid_id,
};

/// The calling administrator's logins.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait AdminLoginActivityApi {
    /// Lists logins, newest first. A limit outside 1..100 becomes 50.
    #[get("/security/security/login-activities")]
    async fn list_login_activities(&self, limit: Option<i64>) -> Result<Vec<LoginActivity>>;

    /// Lists the newest 50 suspicious logins.
    #[get("/security/security/abnormal-activities")]
    async fn list_abnormal_activities(&self) -> Result<Vec<LoginActivity>>;
}

/// One attempt to log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LoginActivity {
    pub id: LoginActivityId,
    pub user_id: OperatorId,
    pub user_type: OperatorType,
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
    /// Why not: `new_device`, `new_ip` and others, separated by a comma and a space.
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
