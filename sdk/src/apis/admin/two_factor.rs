//! The second factor: one-time passwords by time (SHA-1, 6 digits, 30 seconds, one step of tolerance).

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::contract::{error::Result, secret::SecretText};

/// The calling administrator's second factor.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait AdminTwoFactorApi {
    /// Makes a secret and backup codes, which count once a code has been confirmed. Refused while one is active.
    // Unsafe: a first attempt that arrives late would replace the secret that the second one has given.
    #[post("/security/security/2fa/setup", unsafe)]
    async fn setup_two_factor(&self, setup: &SetupTwoFactor) -> Result<TwoFactorSetup>;

    /// Confirms a code and activates the second factor.
    // Unsafe: a code is accepted once, so a repeat would be refused.
    #[post("/security/security/2fa/verify", unsafe)]
    async fn verify_two_factor(&self, verification: &VerifyTwoFactor) -> Result<()>;

    /// Turns the second factor off; it may be off already.
    // Idempotent: a repeat finds it off, and asks for no code then.
    #[post("/security/security/2fa/disable", idempotent)]
    async fn disable_two_factor(&self, request: &DisableTwoFactor) -> Result<()>;

    /// Makes new backup codes; the old ones end at once.
    // Unsafe: a first attempt that arrives late would replace the codes that the second one has given.
    #[post("/security/security/2fa/backup-codes", unsafe)]
    async fn regenerate_backup_codes(&self, request: &RegenerateBackupCodes) -> Result<BackupCodes>;
}

// === requests ===

/// For whom a second factor is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SetupTwoFactor {
    /// Label that the authenticator shows; not empty.
    pub account_name: String,
}

/// Proof that the secret has arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct VerifyTwoFactor {
    /// Six digits.
    pub code: SecretText,
}

/// Proof that it is the administrator who turns it off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DisableTwoFactor {
    pub password: SecretText,
    /// Six digits, or a backup code; asked for while the second factor is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<SecretText>,
}

/// Proof that it is the administrator who wants new codes: whoever finds an open session has no password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RegenerateBackupCodes {
    pub password: SecretText,
}

// === answers ===

/// What an authenticator needs. It is shown once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TwoFactorSetup {
    /// Base32 of 32 bytes.
    pub secret: SecretText,
    /// `otpauth` URL with the secret in it.
    pub qr_code_url: SecretText,
    /// Eight of two groups of four base32 characters with a dash; each is accepted once in place of a code.
    pub backup_codes: Vec<SecretText>,
}

/// New backup codes. They are shown once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BackupCodes {
    pub backup_codes: Vec<SecretText>,
}

#[cfg(test)]
mod tests {
    use super::TwoFactorSetup;
    use crate::apis::testing::both_ways;

    #[test]
    fn what_a_set_up_shows_is_not_printed() {
        let setup: TwoFactorSetup = both_ways(
            r#"{"secret": "JBSWY3DP", "qr_code_url": "otpauth://totp/JBSWY3DP", "backup_codes": ["JBSW-Y3DP"]}"#,
        );
        assert!(!format!("{setup:?}").contains("JBSW"));
    }
}
