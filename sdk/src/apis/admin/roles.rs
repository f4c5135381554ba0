//! Roles: sets of permissions that administrators are given.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{
    admins::AdminId,
    pages::Paginated,
    permissions::{Permission, PermissionId},
};
use crate::{
    contract::{error::Result, timestamp::Timestamp},
    uuid_id,
};

/// Roles of administrators.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait RoleApi {
    /// Creates a role.
    // Keyed: the repeat of a creation hears the first answer, not that the name is taken.
    #[post("/roles", keyed)]
    async fn create_role(&self, role: &CreateRole) -> Result<Role>;

    /// Lists roles, newest first. Pages count from 1 and have 1 to 100 roles; 10 when absent.
    #[get("/roles", envelope = "bare")]
    async fn list_roles(&self, page: Option<i64>, page_size: Option<i64>) -> Result<Paginated<Role>>;

    /// Answers one role.
    #[get("/roles/{id}")]
    async fn get_role(&self, id: &RoleId) -> Result<Role>;

    /// Changes a role: empty and absent fields keep their values.
    #[put("/roles/{id}")]
    async fn update_role(&self, id: &RoleId, changes: &UpdateRole) -> Result<Role>;

    /// Deletes a role. A system role is refused.
    #[delete("/roles/{id}")]
    async fn delete_role(&self, id: &RoleId) -> Result<()>;

    /// Replaces the permissions of a role.
    // Idempotent: a repeat finds the permissions that it asks for.
    #[post("/roles/{id}/permissions", idempotent)]
    async fn assign_permissions(&self, id: &RoleId, permissions: &AssignPermissions) -> Result<()>;

    /// Gives a role to an administrator.
    // Idempotent: a repeat finds it given.
    #[post("/roles/assign", idempotent)]
    async fn assign_role_to_admin(&self, assignment: &AssignRole) -> Result<()>;
}

// === requests ===

/// A role to be created.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateRole {
    /// Not empty.
    pub name: String,
    /// Not empty.
    pub display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Each must exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_ids: Option<Vec<PermissionId>>,
}

/// What to change of a role: empty and absent fields keep the stored value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateRole {
    /// Ignored for system roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Replaces all; an empty list changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_ids: Option<Vec<PermissionId>>,
}

/// The permissions that a role shall have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AssignPermissions {
    /// Replaces all; an empty list removes all. Each must exist and occur once.
    pub permission_ids: Vec<PermissionId>,
}

/// Who is given which role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AssignRole {
    pub admin_id: AdminId,
    pub role_id: RoleId,
}

// === answers ===

/// A role as the service keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Role {
    pub id: RoleId,
    /// Unique, deleted roles included.
    pub name: String,
    pub display_name: String,
    pub description: String,
    /// Comes with the platform.
    pub is_system: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Null for the roles inside a list of administrators.
    pub permissions: Option<Vec<Permission>>,
}

uuid_id! {
    /// A role.
    pub struct RoleId
}
