//! People who act for a merchant.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::results::{Changed, MessageData};
use crate::{
    apis::ids::{MerchantId, OperatorId},
    contract::{error::Result, secret::PersonalText, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// People of the merchant who asks.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait MerchantUserApi {
    /// Invites somebody.
    // Keyed: whoever is invited gets one letter.
    #[post("/users/invite", keyed)]
    async fn invite_user(&self, invitation: &InviteUser) -> Result<Changed<MerchantUser>>;

    /// Lists people, newest first.
    #[get("/users")]
    async fn list_merchant_users(&self) -> Result<Vec<MerchantUser>>;

    /// Changes what somebody is called and may do.
    #[put("/users/{id}")]
    async fn update_merchant_user(
        &self,
        id: &MerchantUserId,
        changes: &UpdateMerchantUser,
    ) -> Result<Changed<MerchantUser>>;

    /// Deletes somebody.
    #[delete("/users/{id}")]
    async fn delete_merchant_user(&self, id: &MerchantUserId) -> Result<MessageData>;
}

// === requests ===

/// Who is invited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct InviteUser {
    /// The caller's own merchant when absent. Only staff of the platform name another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// Not used by anybody else, at whatever merchant.
    pub email: PersonalText,
    /// Not empty.
    pub name: PersonalText,
    pub role: UserRole,
    /// JSON text: a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    /// On whose behalf; the caller when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invited_by: Option<OperatorId>,
}

/// What to change of a person; absent fields keep what is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateMerchantUser {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<UserRole>,
    /// JSON text: a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<MerchantUserStatus>,
}

// === answers ===

/// Somebody who acts for a merchant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantUser {
    pub id: MerchantUserId,
    pub merchant_id: MerchantId,
    pub email: PersonalText,
    pub name: PersonalText,
    pub phone: PersonalText,
    pub role: UserRole,
    /// JSON text: a list.
    pub permissions: String,
    pub status: MerchantUserStatus,
    pub invited_by: Option<OperatorId>,
    pub invited_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub last_login_at: Option<Timestamp>,
    pub last_login_ip: PersonalText,
    pub two_factor_enabled: bool,
    /// JSON text.
    pub metadata: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// Somebody who acts for a merchant.
    pub struct MerchantUserId
}

open_enum! {
    /// What somebody may do.
    pub enum UserRole {
        /// Everything.
        Admin = "admin",
        /// Whatever concerns money.
        Finance = "finance",
        /// Whatever concerns keys and webhooks.
        Developer = "developer",
        /// Help customers.
        Support = "support",
        /// Look on.
        Viewer = "viewer",
    }
}

open_enum! {
    /// Whether somebody may act.
    pub enum MerchantUserStatus {
        /// Invited.
        Pending = "pending",
        /// They may.
        Active = "active",
        /// They may not for now.
        Suspended = "suspended",
        /// They have left.
        Deleted = "deleted",
    }
}
