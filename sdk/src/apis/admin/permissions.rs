//! Permissions: what a role may do. They come with the platform.

use std::collections::BTreeMap;

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    contract::{error::Result, timestamp::Timestamp},
    text_id, uuid_id,
};

/// Permissions of roles. No call changes one.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait PermissionApi {
    /// Answers one permission.
    #[get("/permissions/{id}")]
    async fn get_permission(&self, id: &PermissionId) -> Result<Permission>;

    /// Lists all permissions, or those of one resource, by resource and action.
    #[get("/permissions", envelope = "bare")]
    async fn list_permissions(&self, resource: Option<&str>) -> Result<PermissionList>;

    /// Lists all permissions by resource.
    #[get("/permissions/grouped", envelope = "bare")]
    async fn list_permissions_by_resource(&self) -> Result<GroupedPermissions>;
}

/// A permission as the service keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Permission {
    pub id: PermissionId,
    pub code: PermissionCode,
    pub name: String,
    pub resource: String,
    pub action: String,
    pub description: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// All permissions that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PermissionList {
    pub data: Vec<Permission>,
    pub total: i64,
}

/// All permissions by resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct GroupedPermissions {
    /// Keys are resources.
    pub data: BTreeMap<String, Vec<Permission>>,
    pub total: i64,
}

uuid_id! {
    /// A permission.
    pub struct PermissionId
}

text_id! {
    /// A permission by resource and action, such as `merchant.view`.
    pub struct PermissionCode
}
