//! What becomes of withdrawals, told by withdrawal-service.

use payment_clients::{
    apis::{
        ids::{MerchantId, WithdrawalNo},
        withdrawal::{Withdrawal, WithdrawalStatus, WithdrawalType, withdrawal_api},
    },
    contract::{
        error::{Error, Result},
        money::Currency,
        timestamp::Timestamp,
    },
};
use serde::{Deserialize, Serialize};

use super::{Kind, Payload, Topic};

/// Where they go.
pub const TOPIC: Topic = Topic { name: "withdrawal.events", producer: withdrawal_api::SERVICE };

/// Its amount is held, and it waits for approval.
pub const CREATED: Kind<WithdrawalPayload> = Kind::new("withdrawal.created");
/// Everybody who must has agreed.
pub const APPROVED: Kind<WithdrawalPayload> = Kind::new("withdrawal.approved");
/// The bank has paid.
pub const SUCCESS: Kind<WithdrawalPayload> = Kind::new("withdrawal.success");
/// It could not be paid.
pub const FAILED: Kind<WithdrawalPayload> = Kind::new("withdrawal.failed");
/// The bank has sent it back after it was paid.
pub const RETURNED: Kind<WithdrawalPayload> = Kind::new("withdrawal.returned");

/// A withdrawal after a change. Amounts are minor units; the number of the account is masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WithdrawalPayload {
    /// The withdrawal.
    pub withdrawal_no: WithdrawalNo,
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// What leaves the merchant's account.
    pub amount: i64,
    /// Kept by the platform.
    pub fee: i64,
    /// What the bank pays out.
    pub actual_amount: i64,
    /// ISO 4217 code.
    pub currency: Currency,
    /// What it pays out.
    #[serde(rename = "type")]
    pub kind: WithdrawalType,
    /// Where it stands now.
    pub status: WithdrawalStatus,
    /// Name of the bank.
    pub bank_name: String,
    /// Masked but for its last four characters.
    pub bank_account_no: String,
    /// Why it failed or came back; empty otherwise.
    pub failure_reason: String,
    /// When the bank had paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

impl WithdrawalPayload {
    /// A withdrawal as it stands.
    ///
    /// # Errors
    /// When it has no currency, which is a bug: ours all have one.
    pub fn of(withdrawal: &Withdrawal) -> Result<Self> {
        let number = &withdrawal.withdrawal_no;
        let missing = || Error::internal(format!("withdrawal {number} has no currency"));
        Ok(Self {
            withdrawal_no: number.clone(),
            merchant_id: withdrawal.merchant_id,
            amount: withdrawal.amount,
            fee: withdrawal.fee,
            actual_amount: withdrawal.actual_amount,
            currency: withdrawal.currency.ok_or_else(missing)?,
            kind: withdrawal.kind.clone(),
            status: withdrawal.status.clone(),
            bank_name: withdrawal.bank_name.clone(),
            bank_account_no: withdrawal.bank_account_no.clone(),
            failure_reason: withdrawal.failure_reason.clone(),
            completed_at: withdrawal.completed_at,
        })
    }
}

impl Payload for WithdrawalPayload {
    const TOPIC: Topic = TOPIC;

    fn aggregate(&self) -> &str {
        self.withdrawal_no.as_str()
    }
}
