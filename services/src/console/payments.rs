//! The latest payments of all merchants, read from the gateway's store.

use payment_clients::contract::error::{Error, Result};
use serde::Serialize;

use super::Desk;
use crate::{
    args,
    kit::store::{Row, Stores},
};

/// Payments that are shown.
const SHOWN: i64 = 25;
/// Payments a second are counted over so many milliseconds.
const WINDOW: i64 = 5_000;

/// The latest payments.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Latest {
    /// Newest first.
    pub payments: Vec<Payment>,
    /// Payments that were asked for in the last few seconds of the services' clock, in thousandths per second.
    pub per_second_milli: i64,
    /// Why they could not be read.
    pub error: Option<String>,
}

/// One payment.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Payment {
    payment_no: String,
    order_no: String,
    amount: i64,
    currency: String,
    channel: String,
    status: String,
    created_at: i64,
}

impl Latest {
    /// Reads them.
    pub(super) async fn read(desk: &Desk) -> Self {
        let (stores, now) = (desk.scene.stores.clone(), desk.scene.clock.now());
        let read = tokio::task::spawn_blocking(move || latest(&stores, now));
        let read = read.await.map_err(Error::internal).and_then(|read| read);
        read.unwrap_or_else(|error| Self { error: Some(error.message().to_owned()), ..Self::default() })
    }
}

fn latest(stores: &Stores, now: i64) -> Result<Latest> {
    const FIND: &str = "SELECT payment_no, order_no, amount, currency, channel, status, created_at
        FROM payments ORDER BY created_at DESC LIMIT $1";
    const COUNT: &str = "SELECT COUNT(*) FROM payments WHERE created_at > $1";
    stores.book("gateway")?.read(|view| {
        let payments = view.all(FIND, args![SHOWN], payment)?;
        let count: i64 = view.one(COUNT, args![now - WINDOW], |row| row.get(0))?;
        Ok(Latest { payments, per_second_milli: count * 1_000_000 / WINDOW, error: None })
    })
}

fn payment(row: &Row<'_>) -> Result<Payment> {
    Ok(Payment {
        payment_no: row.get("payment_no")?,
        order_no: row.get("order_no")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        channel: row.get("channel")?,
        status: row.get("status")?,
        created_at: row.get("created_at")?,
    })
}
