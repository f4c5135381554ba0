//! Transfers, by the number of the withdrawal that they pay out.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::{BankTradeNo, WithdrawalNo},
    contract::{
        error::Result,
        money::Currency,
        secret::{PersonalText, SecretText},
    },
    open_enum,
};

/// Transfers to the accounts of others.
#[api(service = "bank-transfer-api", base_path = "/api/v1", port = 40099, tier = "critical", envelope = "bare")]
pub trait BankTransferApi {
    /// Creates a transfer, or answers the one that exists.
    ///
    /// A repeat with the same `order_no` and the same fields answers the transfer that exists; other fields are a
    /// conflict. `failed` is a final answer and no error; `processing` is not final, so ask by
    /// [`get_transfer_status`](Self::get_transfer_status).
    // Keyed by `order_no`, which the bank never forgets, and not merely idempotent: a repeat is compared with what was
    // sent first, so a refusal of it settles the doubt, and no second transfer is begun beside a slow one. There is no
    // status query: the bank finds a transfer by the number that it gave it, which is what a lost answer would have said.
    // So `reconcile` repeats the call, and the repeat is the question.
    #[post("/transfers", keyed, money)]
    async fn create_transfer(&self, transfer: &BankTransfer) -> Result<BankTransferState>;

    /// Answers the state of a transfer, by the bank's number.
    #[get("/transfers/{channel_trade_no}")]
    async fn get_transfer_status(&self, channel_trade_no: &BankTradeNo) -> Result<BankTransferState>;
}

open_enum! {
    /// How far a transfer has come. A word that is not known is no end of it.
    pub enum BankTransferStatus {
        /// Not final; ask again.
        Processing = "processing",
        /// Paid out.
        Success = "success",
        /// Not paid out, and it will not be.
        Failed = "failed",
        /// Paid out, and days later sent back by the receiver's bank.
        Returned = "returned",
    }
}

// === requests ===

/// A transfer to be made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BankTransfer {
    /// Number of the withdrawal; it names one transfer at the bank.
    pub order_no: WithdrawalNo,
    /// Name of the bank, at most 100 characters.
    pub bank_name: String,
    /// Who holds the account, at most 100 characters.
    pub bank_account_name: PersonalText,
    /// Number of the account, 1 to 64 characters.
    pub bank_account_no: SecretText,
    /// Minor units, above 0.
    pub amount: i64,
    /// Currency of the amount.
    pub currency: Currency,
    /// Text for the receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
}

/// Without the receiver, who is a person.
impl std::fmt::Debug for BankTransfer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BankTransfer")
            .field("order_no", &self.order_no)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .finish_non_exhaustive()
    }
}

// === answers ===

/// State of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BankTransferState {
    /// The bank's number.
    pub channel_trade_no: BankTradeNo,
    /// How far it has come.
    pub status: BankTransferStatus,
    /// Text for people.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apis::testing::{both_ways, keeps_unknown_word};

    #[test]
    fn transfers_are_written_and_read_as_the_bank_has_them() {
        let transfer: BankTransfer = both_ways(
            r#"{"order_no":"WD1","bank_name":"Bank","bank_account_name":"Li","bank_account_no":"6222","amount":1999,
                "currency":"CNY","remarks":"payout"}"#,
        );
        assert!(!format!("{transfer:?}").contains("6222"), "{transfer:?}");
        let state: BankTransferState =
            both_ways(r#"{"channel_trade_no":"BANK1a2b3c4d1761300000","status":"processing","message":"accepted"}"#);
        assert_eq!(state.status, BankTransferStatus::Processing);
        keeps_unknown_word::<BankTransferStatus>();
    }
}
