//! The second factor: one-time passwords by time (SHA-1, 6 digits, 30 seconds, one step of tolerance).

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::password::SecurityReceipt;
use crate::contract::{error::Result, secret::SecretText};

/// The calling merchant's second factor.
#[api(service = "merchant-auth-service", base_path = "/api/v1", port = 40011)]
pub trait MerchantTwoFactorApi {
    /// Makes a secret and backup codes, which count once a code has been confirmed. Refused while one is active.
    // Unsafe: a first attempt that arrives late would replace the secret that the second one has given.
    #[post("/security/2fa/enable", unsafe)]
    async fn enable_two_factor(&self) -> Result<TwoFactorSetup>;

    /// Confirms a code and activates the second factor.
    // Unsafe: a code is accepted once, so a repeat would be refused.
    #[post("/security/2fa/verify", unsafe)]
    async fn verify_two_factor(&self, verification: &VerifyTwoFactor) -> Result<TwoFactorVerification>;

    /// Turns the second factor off; it may be off already.
    // Idempotent: a repeat finds it off, and asks for no code then.
    #[post("/security/2fa/disable", idempotent)]
    async fn disable_two_factor(&self, request: &DisableTwoFactor) -> Result<SecurityReceipt>;
}

// === requests ===

/// Proof that the secret has arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct VerifyTwoFactor {
    /// Six digits.
    pub code: SecretText,
}

/// Proof that it is the merchant who turns it off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DisableTwoFactor {
    pub password: SecretText,
    /// Six digits, or a backup code; asked for while the second factor is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<SecretText>,
}

// === answers ===

/// What an authenticator needs. It is shown once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TwoFactorSetup {
    /// Base32 of 20 bytes, 32 characters.
    pub secret: SecretText,
    /// `otpauth` URL with the secret in it, with issuer PaymentPlatform and the e-mail address as account.
    pub qr_code: SecretText,
    /// Ten of 8 upper-case hexadecimal digits; each is accepted once in place of a code.
    pub backup_codes: Vec<SecretText>,
}

/// That the second factor is active.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TwoFactorVerification {
    /// Always true: a wrong code is refused.
    pub success: bool,
}
