//! Settlement accounts: where a merchant is paid out.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::results::{Changed, MessageData};
use crate::{
    apis::ids::{MerchantId, SettlementAccountId},
    contract::{
        error::Result,
        money::Currency,
        secret::{PersonalText, SecretText},
        timestamp::Timestamp,
    },
    open_enum,
};

/// Settlement accounts of the merchant who asks.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait SettlementAccountApi {
    /// Lists accounts, the default first, then newest first.
    #[get("/settlement-accounts")]
    async fn list_settlement_accounts(&self) -> Result<Vec<SettlementAccount>>;

    /// Adds an account, not yet verified.
    #[post("/settlement-accounts", keyed)]
    async fn create_settlement_account(&self, account: &CreateSettlementAccount) -> Result<Changed<SettlementAccount>>;

    /// Changes an account.
    #[put("/settlement-accounts/{id}")]
    async fn update_settlement_account(
        &self,
        id: &SettlementAccountId,
        changes: &UpdateSettlementAccount,
    ) -> Result<Changed<SettlementAccount>>;

    /// Deletes an account.
    #[delete("/settlement-accounts/{id}")]
    async fn delete_settlement_account(&self, id: &SettlementAccountId) -> Result<MessageData>;

    /// Makes an account the default.
    // Idempotent, as verifying is: a repeat finds the state that it asks for.
    #[post("/settlement-accounts/{id}/set-default", idempotent)]
    async fn set_default_settlement_account(&self, id: &SettlementAccountId) -> Result<MessageData>;

    /// Sets what was found about an account. Only staff of the platform do.
    #[post("/settlement-accounts/{id}/verify", idempotent)]
    async fn verify_settlement_account(
        &self,
        id: &SettlementAccountId,
        verdict: &VerifySettlementAccount,
    ) -> Result<MessageData>;
}

// === requests ===

/// An account to be added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateSettlementAccount {
    /// The caller's own merchant when absent. Only staff of the platform name another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    pub account_type: AccountType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_name: Option<String>,
    /// The whole number; not empty, and no answer shows it again.
    pub account_number: SecretText,
    /// Who holds it; not empty.
    pub account_name: PersonalText,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swift_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iban: Option<SecretText>,
    /// USD when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// What to change of an account; absent fields keep what is there. It must be verified again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateSettlementAccount {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_name: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swift_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iban: Option<SecretText>,
}

/// What was found about an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct VerifySettlementAccount {
    pub status: SettlementAccountStatus,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

// === answers ===

/// Where a merchant is paid out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SettlementAccount {
    pub id: SettlementAccountId,
    pub merchant_id: MerchantId,
    pub account_type: AccountType,
    pub bank_name: String,
    pub bank_code: String,
    /// Masked but for its last four characters.
    pub account_number: String,
    /// Who holds it.
    pub account_name: PersonalText,
    pub swift_code: String,
    /// Masked, as the number is.
    pub iban: String,
    pub bank_address: String,
    pub currency: Currency,
    pub country: String,
    /// Where payouts go that name none.
    pub is_default: bool,
    pub status: SettlementAccountStatus,
    /// Empty until verified.
    pub verification_method: VerificationMethod,
    pub verified_at: Option<Timestamp>,
    /// JSON text.
    pub verification_data: String,
    /// Empty unless it was refused.
    pub reject_reason: String,
    /// JSON text.
    pub metadata: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === words ===

open_enum! {
    /// What kind of account it is.
    pub enum AccountType {
        /// An account at a bank.
        BankAccount = "bank_account",
        /// PayPal.
        Paypal = "paypal",
        /// A wallet of a cryptocurrency.
        CryptoWallet = "crypto_wallet",
        /// Alipay.
        Alipay = "alipay",
        /// WeChat Pay.
        Wechat = "wechat",
    }
}

open_enum! {
    /// Whether an account may be paid to.
    pub enum SettlementAccountStatus {
        /// Not looked at.
        PendingVerify = "pending_verify",
        /// It may.
        Verified = "verified",
        /// It was refused.
        Rejected = "rejected",
        /// It may not for now.
        Suspended = "suspended",
    }
}

open_enum! {
    /// How it was found out that an account is the merchant's; empty until then.
    pub enum VerificationMethod {
        /// By an amount that the merchant had to name.
        MicroDeposit = "micro_deposit",
        /// By a person.
        Manual = "manual",
        /// By a machine.
        Auto = "auto",
    }
}
