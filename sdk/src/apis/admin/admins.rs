//! Administrators and their login.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{
    pages::Listing,
    roles::{Role, RoleId},
};
use crate::{
    contract::{
        error::Result,
        secret::{PersonalText, SecretText},
        timestamp::Timestamp,
    },
    open_enum, uuid_id,
};

/// Administrators of the platform.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait AdminApi {
    /// Verifies password and second factor, and gives a token that carries role names and permission codes.
    // Unsafe: each attempt counts towards the lock-out, and each success is another session.
    #[post("/admin/login", unsafe, tier = "critical", envelope = "bare")]
    async fn login_admin(&self, login: &AdminLogin) -> Result<AdminLoginReply>;

    /// Creates an administrator.
    // Keyed: the repeat of a creation hears the first answer, not that the name is taken.
    #[post("/admin", keyed)]
    async fn create_admin(&self, admin: &CreateAdmin) -> Result<Admin>;

    /// Lists administrators, newest first.
    #[get("/admin", envelope = "bare")]
    async fn list_admins(&self, #[query] filter: &AdminFilter) -> Result<Listing<Admin>>;

    /// Answers one administrator.
    #[get("/admin/{id}")]
    async fn get_admin(&self, id: &AdminId) -> Result<Admin>;

    /// Changes an administrator: empty and absent fields keep their values.
    #[put("/admin/{id}")]
    async fn update_admin(&self, id: &AdminId, changes: &UpdateAdmin) -> Result<Admin>;

    /// Deletes an administrator and ends its sessions. The caller itself and super administrators are refused.
    #[delete("/admin/{id}")]
    async fn delete_admin(&self, id: &AdminId) -> Result<()>;
}

// === requests ===

/// Who wants to log in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AdminLogin {
    pub username: String,
    pub password: SecretText,
    /// Six digits, or a backup code; asked for where a second factor is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<SecretText>,
}

/// An administrator to be created.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateAdmin {
    /// Not empty.
    pub username: String,
    pub email: PersonalText,
    /// As [`change_own_password`](super::AdminPasswordApi::change_own_password) wants it.
    pub password: SecretText,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_name: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<PersonalText>,
    /// Nobody gives a role with permissions that he does not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_ids: Option<Vec<RoleId>>,
}

/// Which administrators to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AdminFilter {
    /// From 1.
    pub page: Option<i64>,
    /// 1 to 100; 20 when absent.
    pub page_size: Option<i64>,
    pub status: Option<AdminStatus>,
    /// Part of user name, e-mail address or full name; case counts.
    pub keyword: Option<String>,
}

/// What to change of an administrator: empty and absent fields keep the stored value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateAdmin {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_name: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<AdminStatus>,
    /// Replaces all; an empty list changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_ids: Option<Vec<RoleId>>,
}

// === answers ===

/// An open session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AdminLoginReply {
    /// Bearer token; dies with the session.
    pub token: SecretText,
    /// Good for no call; empty where sessions are not renewed.
    pub refresh_token: SecretText,
    pub admin: Admin,
    /// Seconds that the token is good for.
    pub expires_in: i64,
}

/// An administrator as the service keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Admin {
    pub id: AdminId,
    pub username: String,
    pub email: PersonalText,
    pub full_name: PersonalText,
    pub phone: PersonalText,
    /// Empty when there is none.
    pub avatar: String,
    pub status: AdminStatus,
    /// May do everything; no call makes one.
    pub is_super: bool,
    pub last_login_at: Option<Timestamp>,
    pub last_login_ip: PersonalText,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Null in the answer to a creation without roles.
    pub roles: Option<Vec<Role>>,
}

// === ids and words ===

uuid_id! {
    /// An administrator.
    pub struct AdminId
}

open_enum! {
    /// Whether an administrator may log in.
    pub enum AdminStatus {
        /// It may.
        Active = "active",
        /// Somebody has switched it off.
        Disabled = "disabled",
        /// Too many wrong passwords.
        Locked = "locked",
    }
}
