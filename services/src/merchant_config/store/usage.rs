//! What merchants were paid, a day, channel and way: sums that limits are compared with, so that no check adds up
//! payments.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_config::{TermsChannel, TermsMethod, TransactionLimit},
    },
    contract::{error::Result, money::Money},
};

use crate::{
    args,
    kit::store::{Tx, View},
    merchant_config::domain::limits::Used,
};

pub(super) const TABLE: &str = "
CREATE TABLE usage(
    merchant_id TEXT NOT NULL, currency TEXT NOT NULL CHECK(length(currency) = 3), day {{int}} NOT NULL,
    channel TEXT NOT NULL, payment_method TEXT NOT NULL, amount {{int}} NOT NULL CHECK(amount > 0),
    payments {{int}} NOT NULL CHECK(payments > 0),
    PRIMARY KEY(merchant_id, currency, day, channel, payment_method)) {{clustered}};";

/// A payment that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// To whom.
    pub merchant: MerchantId,
    /// How much.
    pub money: Money,
    /// Over which channel.
    pub channel: String,
    /// In which way; empty when nobody has said.
    pub method: String,
    /// The first moment of the day.
    pub day: i64,
}

/// Adds a payment to its day.
///
/// # Errors
/// When the statement fails.
pub fn add(tx: &mut Tx<'_>, paid: &Paid) -> Result<()> {
    const ADD: &str = "INSERT INTO usage(merchant_id, currency, day, channel, payment_method, amount, payments)
        VALUES($1, $2, $3, $4, $5, $6, 1) ON CONFLICT(merchant_id, currency, day, channel, payment_method)
        DO UPDATE SET amount = usage.amount + excluded.amount, payments = usage.payments + 1";
    let Paid { merchant, money, channel, method, day } = paid;
    tx.execute(ADD, args![merchant.to_string(), money.currency, day, channel, method, money.minor_units]).map(drop)
}

/// What was paid since a day of what a limit holds for.
///
/// # Errors
/// When the statement fails.
pub fn since(view: &View<'_>, limit: &TransactionLimit, day: i64) -> Result<Used> {
    const USED: &str = "SELECT amount, payments FROM usage WHERE merchant_id = $1 AND currency = $2 AND day >= $3
        AND ($4 IS NULL OR channel = $4) AND ($5 IS NULL OR payment_method = $5)";
    let channel = (limit.channel != TermsChannel::All).then(|| limit.channel.to_string());
    let method = (limit.payment_method != TermsMethod::All).then(|| limit.payment_method.to_string());
    let owner = limit.merchant_id.to_string();
    let found = args![owner, limit.currency, day, channel, method];
    let rows: Vec<(i64, i64)> = view.all(USED, found, |row| Ok((row.get(0)?, row.get(1)?)))?;
    // More than fits is more than any limit.
    Ok(rows.iter().fold(Used::default(), |used, (amount, count)| Used {
        amount: used.amount.saturating_add(*amount),
        count: used.count.saturating_add(*count),
    }))
}
