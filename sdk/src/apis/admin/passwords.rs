//! Passwords of administrators.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::admins::AdminId;
use crate::contract::{error::Result, secret::SecretText};

/// Passwords of administrators. Whose password changes, his sessions end.
// Changes are unsafe: a repeat no longer knows the old password, and would be refused.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait AdminPasswordApi {
    /// Changes the caller's password.
    ///
    /// 8 to 128 bytes with a large letter, a small letter, a digit and a sign, and not one of the last five.
    #[post("/admin/change-password", unsafe)]
    async fn change_own_password(&self, change: &ChangePassword) -> Result<()>;

    /// Changes the caller's password; equals `change_own_password`.
    #[post("/security/security/change-password", unsafe)]
    async fn change_password_strict(&self, change: &ChangePassword) -> Result<()>;

    /// Sets the password of another administrator. The caller's own and that of a super administrator are refused.
    // Idempotent: a repeat finds the password that it asks for.
    #[post("/admin/{id}/reset-password", idempotent)]
    async fn reset_admin_password(&self, id: &AdminId, reset: &ResetPassword) -> Result<()>;
}

/// A change of a password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChangePassword {
    pub old_password: SecretText,
    pub new_password: SecretText,
}

/// A password for somebody else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ResetPassword {
    pub new_password: SecretText,
}
