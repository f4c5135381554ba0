//! What the bank shows of the platform's accounts beside its transfers: the statement, against which books are compared.

use payment_clients::{
    apis::ids::{BankTradeNo, WithdrawalNo},
    client::BaseClient,
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    open_enum,
    prelude::{ServiceClient, api},
};
use serde::{Deserialize, Serialize};

/// Statements of the platform's accounts.
#[api(service = "bank-transfer-api", base_path = "/_sim", port = 40099, tier = "critical", envelope = "bare")]
pub trait BankStatementApi {
    /// Lists what moved on the account of a currency behind line `after`, oldest first, at most 500 lines.
    #[get("/statement")]
    async fn get_statement(&self, currency: Currency, after: Option<i64>) -> Result<Statement>;
}

/// Client of the statements.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(BankStatementApi))]
pub struct BankStatementClient {
    base: BaseClient,
}

/// What moved on one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Whose account: the one of this currency.
    pub currency: Currency,
    /// What is on it now, minor units; below 0 when overdrawn.
    pub balance: i64,
    /// The movements.
    pub lines: Vec<StatementLine>,
}

/// One movement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// Number of the line, from 1.
    pub seq: i64,
    /// The transfer, by the bank's number.
    pub channel_trade_no: BankTradeNo,
    /// The transfer, by the platform's number.
    pub order_no: WithdrawalNo,
    /// What kind of movement.
    pub kind: LineKind,
    /// Minor units; below 0 what left the account.
    pub amount: i64,
    /// When it was booked.
    pub booked_at: Timestamp,
}

open_enum! {
    /// Kinds of movements.
    pub enum LineKind {
        /// A transfer was paid out.
        Payout = "payout",
        /// A transfer came back.
        Return = "return",
    }
}
