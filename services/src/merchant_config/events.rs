//! What merchant-config hears of payments: what was paid counts towards the limits of its day and its month.

use payment_clients::contract::{error::Result, money::Money};

use super::{
    MerchantConfigs,
    store::usage::{self, Paid},
};
use crate::kit::{
    consumer::{Builder, Consumer},
    days,
    events::payment::{self, PaymentPayload},
    store::Tx,
};

/// Name under which merchant-config remembers what it has heard.
pub const CONSUMER: &str = "merchant-config";
/// What it listens to.
pub const HEARD: [&str; 1] = [payment::COMPLETED.name()];

impl MerchantConfigs {
    /// What counts payments when the gateway tells of them.
    pub fn listener(&self) -> Builder {
        let clock = self.clock.clone();
        Consumer::builder(CONSUMER, self.store.clone(), self.clock.clone())
            .on(payment::COMPLETED, move |tx, event| completed(tx, &event.payload, clock.now()))
    }
}

/// A payment that was given up before the money came was paid nevertheless.
fn completed(tx: &mut Tx<'_>, payment: &PaymentPayload, now: i64) -> Result<()> {
    let paid = Paid {
        merchant: payment.merchant_id,
        money: Money::new(payment.amount, payment.currency),
        channel: payment.channel.to_string(),
        method: payment.extra.pay_method.to_string(),
        day: days::midnight(payment.paid_at.map_or(now, |at| at.unix_ms())),
    };
    usage::add(tx, &paid)
}
