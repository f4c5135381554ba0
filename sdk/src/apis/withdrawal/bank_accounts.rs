//! Bank accounts: where a merchant's withdrawals go.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::withdrawals::Receipt;
use crate::{
    apis::ids::MerchantId,
    contract::{
        error::Result,
        secret::{PersonalText, SecretText},
        timestamp::Timestamp,
    },
    open_enum, uuid_id,
};

/// Bank accounts of the merchants. No answer is ever cached: money follows it.
#[api(service = "withdrawal-service", base_path = "/api/v1", port = 40014, tier = "critical")]
pub trait BankAccountApi {
    /// Adds a bank account, active and not yet verified.
    // Keyed: two bank accounts with the same content are two.
    #[post("/bank-accounts", keyed, tier = "standard")]
    async fn create_bank_account(&self, bank_account: &CreateBankAccount) -> Result<BankAccount>;

    /// Lists a merchant's active bank accounts, the default one first, then the newest.
    #[get("/bank-accounts", tier = "standard")]
    async fn list_bank_accounts(&self, merchant_id: MerchantId) -> Result<Vec<BankAccount>>;

    /// Answers one bank account.
    #[get("/bank-accounts/{id}", tier = "standard")]
    async fn get_bank_account(&self, id: &BankAccountId) -> Result<BankAccount>;

    /// Changes a bank account: absent fields keep their values.
    #[put("/bank-accounts/{id}", tier = "standard")]
    async fn update_bank_account(&self, id: &BankAccountId, changes: &UpdateBankAccount) -> Result<Receipt>;

    /// Makes one of a merchant's bank accounts the default one.
    // Idempotent: a repeat finds the state that it asks for.
    #[post("/bank-accounts/{id}/set-default", idempotent, tier = "standard")]
    async fn set_default_bank_account(&self, id: &BankAccountId, #[query] merchant_id: MerchantId) -> Result<Receipt>;
}

// === requests ===

/// A bank account to be added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateBankAccount {
    pub merchant_id: MerchantId,
    pub bank_name: String,
    pub bank_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_branch: Option<String>,
    pub account_name: PersonalText,
    /// The whole number; no answer shows it again.
    pub account_no: SecretText,
    pub account_type: BankAccountType,
    /// Takes the place of the default one before it; false when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification_doc: Option<String>,
}

impl CreateBankAccount {
    /// An account that is not the default one, for `CreateBankAccount { is_default, ..CreateBankAccount::new(..) }`.
    pub fn new(
        merchant_id: MerchantId,
        account_type: BankAccountType,
        bank_name: String,
        bank_code: String,
        account_name: PersonalText,
        account_no: SecretText,
    ) -> Self {
        Self {
            merchant_id,
            bank_name,
            bank_code,
            bank_branch: None,
            account_name,
            account_no,
            account_type,
            is_default: None,
            verification_doc: None,
        }
    }
}

/// What to change of a bank account. Bank, names and number stay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateBankAccount {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_branch: Option<String>,
    /// True takes the place of the default one before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<BankAccountStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification_doc: Option<String>,
    /// Set by staff of the platform, not by the merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_verified: Option<bool>,
}

// === answers ===

/// A bank account as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BankAccount {
    pub id: BankAccountId,
    pub merchant_id: MerchantId,
    pub bank_name: String,
    pub bank_code: String,
    pub bank_branch: String,
    pub account_name: PersonalText,
    /// Masked but for its last four characters.
    pub account_no: String,
    pub account_type: BankAccountType,
    pub is_default: bool,
    /// Withdrawals go to verified accounts only.
    pub is_verified: bool,
    pub verification_doc: String,
    pub status: BankAccountStatus,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A bank account of a merchant.
    pub struct BankAccountId
}

open_enum! {
    /// Whose bank account it is.
    pub enum BankAccountType {
        /// The company's.
        Corporate = "corporate",
        /// A person's.
        Personal = "personal",
    }
}

open_enum! {
    /// Whether a bank account can be used.
    pub enum BankAccountStatus {
        /// It can.
        Active = "active",
        /// The merchant does not want it.
        Inactive = "inactive",
        /// The platform does not allow it.
        Suspended = "suspended",
    }
}

#[cfg(test)]
mod tests {
    use super::{BankAccountStatus, BankAccountType, CreateBankAccount};
    use crate::apis::testing::{both_ways, keeps_unknown_word};

    #[test]
    fn the_number_of_a_new_account_is_written_to_the_wire_and_shown_to_nobody() {
        let account: CreateBankAccount = both_ways(
            r#"{"merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "bank_name": "Bank", "bank_code": "COBADEFF",
                "account_name": "Shop Ltd", "account_no": "DE89370400440532013000", "account_type": "corporate"}"#,
        );
        assert!(!format!("{account:?}").contains("DE89"));
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<BankAccountType>();
        keeps_unknown_word::<BankAccountStatus>();
    }
}
