//! The password of a merchant.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::contract::{error::Result, secret::SecretText};

/// The calling merchant's password.
#[api(service = "merchant-auth-service", base_path = "/api/v1", port = 40011)]
pub trait MerchantPasswordApi {
    /// Changes the password and ends all sessions.
    ///
    /// The new one must differ from the present one and from the last five.
    // Unsafe although a PUT: a repeat no longer knows the old password, and would be refused.
    #[put("/security/password", unsafe)]
    async fn change_password(&self, change: &ChangePassword) -> Result<SecurityReceipt>;
}

/// A change of a password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChangePassword {
    pub old_password: SecretText,
    /// At least 8 characters.
    pub new_password: SecretText,
}

/// That what was asked for is so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SecurityReceipt {
    /// Text for people.
    pub message: String,
}
