//! Payments and refunds at a channel as rules, without any store or network: what may be asked for, what an answer of
//! the channel means, what may become of a payment.
//!
//! [`stripe`], [`paypal`] and [`crypto`] turn the channels' own words into these.

pub mod crypto;
pub mod paypal;
pub mod stripe;

use std::time::Duration;

use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelConfig, ChannelPaymentStatus, ChannelRefundStatus, CreateChannelPayment, CreateChannelRefund,
        },
        ids::{ChannelRefundNo, ChannelTradeNo, MerchantOrderNo, PaymentNo},
        payment_gateway::{CallbackStatus, ChannelCallback},
        words::{Channel, JsonObject},
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        money::{Currency, Money},
    },
};

use crate::kit::{currency, text};

/// Longest number of a payment or a refund that the channels keep.
const LONGEST_NUMBER: usize = 64;

/// After so many questions without an answer, a person is told; the questions go on.
pub const PATIENCE: u32 = 12;

// === what may be asked for ===

/// A payment that may be tried: where, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Where.
    pub channel: Channel,
    /// How much.
    pub money: Money,
}

impl Terms {
    /// Checks a payment against the channels that may be used, before anything is stored.
    ///
    /// # Errors
    /// The first rule that is broken, naming its field; `CHANNEL_NOT_ENABLED` when no configuration allows the channel.
    pub fn of(payment: &CreateChannelPayment, configs: &[ChannelConfig]) -> Result<Self> {
        number("payment_no", payment.payment_no.as_str())?;
        text::all_at_most([
            ("channel", payment.channel.as_ref().map(Channel::as_str), 32),
            ("order_no", payment.order_no.as_ref().map(MerchantOrderNo::as_str), 64),
            ("customer_email", payment.customer_email.as_deref(), 254),
            ("customer_name", payment.customer_name.as_deref(), 255),
            ("description", payment.description.as_deref(), 500),
            ("success_url", payment.success_url.as_deref(), 2048),
            ("cancel_url", payment.cancel_url.as_deref(), 2048),
            ("callback_url", payment.callback_url.as_deref(), 2048),
        ])?;
        let channel = payment.channel.clone().unwrap_or(Channel::Other(String::new()));
        if channel.as_str().is_empty() {
            return Err(Error::invalid_input("channel", "must name a channel, such as stripe"));
        }
        let currency =
            payment.currency.ok_or_else(|| Error::invalid_input("currency", "must be given, such as EUR"))?;
        currency::known("currency", currency)?;
        let config = enabled(&channel, configs)?;
        let (least, most) = (config.min_amount, config.max_amount);
        if !(least..=most).contains(&payment.amount) {
            let rule = format!("must be {least} to {most} minor units for {channel}; it is {}", payment.amount);
            return Err(Error::invalid_input("amount", rule).with_code("INVALID_AMOUNT"));
        }
        Ok(Self { channel, money: Money::new(payment.amount, currency) })
    }
}

/// The configuration that allows payments at a channel.
fn enabled<'a>(channel: &Channel, configs: &'a [ChannelConfig]) -> Result<&'a ChannelConfig> {
    let config = configs.iter().find(|config| config.channel == *channel && is_open(config));
    config.ok_or_else(|| {
        let message = format!("no payments are made at `{channel}`; use a channel whose configuration is enabled");
        Error::declined("CHANNEL_NOT_ENABLED", message)
    })
}

/// Where else a payment may be tried when its channel has begun nothing, in the order in which it is.
pub fn substitutes<'a>(terms: &Terms, configs: &'a [ChannelConfig]) -> impl Iterator<Item = &'a Channel> {
    let Terms { channel, money } = terms.clone();
    let others = configs.iter().filter(move |config| {
        let range = config.min_amount..=config.max_amount;
        let is_another = config.channel != channel && can_stand_in(&channel) && can_stand_in(&config.channel);
        is_another && is_open(config) && range.contains(&money.minor_units)
    });
    others.map(|config| &config.channel)
}

/// Whoever wants to pay in coins, or in money, is asked for nothing else.
fn can_stand_in(channel: &Channel) -> bool {
    *channel != Channel::Crypto
}

/// Others may be configured; these are the ones that this service can speak to.
fn is_open(config: &ChannelConfig) -> bool {
    config.is_enabled && matches!(config.channel, Channel::Stripe | Channel::Paypal | Channel::Crypto)
}

/// What names us in the signatures of a channel's webhooks; without it none of them holds.
pub fn webhook_id(channel: &Channel, configs: &[ChannelConfig]) -> String {
    let config = configs.iter().find(|config| config.channel == *channel);
    let settings: JsonObject = config.and_then(|config| serde_json::from_str(&config.config).ok()).unwrap_or_default();
    settings.get("webhook_id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

/// Checks a refund before anything is stored.
///
/// # Errors
/// The first rule that is broken, naming its field.
pub fn validate_refund(refund: &CreateChannelRefund) -> Result<()> {
    number("refund_no", refund.refund_no.as_str())?;
    number("payment_no", refund.payment_no.as_str())?;
    text::at_most("reason", refund.reason.as_deref(), 500)?;
    refund.currency.map_or(Ok(()), |currency| currency::known("currency", currency))?;
    if refund.amount > 0 {
        return Ok(());
    }
    let rule = format!("must be at least 1 minor unit; it is {}", refund.amount);
    Err(Error::invalid_input("amount", rule).with_code("INVALID_AMOUNT"))
}

fn number(field: &str, text: &str) -> Result<()> {
    if (1..=LONGEST_NUMBER).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Error::invalid_input(field, format!("must be 1 to {LONGEST_NUMBER} visible ASCII characters")))
}

/// A configuration as callers may see it: of its settings only those that open nothing.
pub fn shown(config: &ChannelConfig) -> ChannelConfig {
    const PUBLIC: [&str; 2] = ["api_version", "publishable_key"];
    let mut settings: JsonObject = serde_json::from_str(&config.config).unwrap_or_default();
    for (name, value) in &mut settings {
        if !PUBLIC.contains(&name.as_str()) {
            *value = "***".into();
        }
    }
    ChannelConfig { config: serde_json::Value::Object(settings).to_string(), ..config.clone() }
}

// === what the channel says ===

/// A payment as its channel tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its number there.
    pub trade_no: ChannelTradeNo,
    /// How far it has come.
    pub status: ChannelPaymentStatus,
    /// How much.
    pub money: Money,
    /// What the payer's browser finishes it with.
    pub client_secret: Option<String>,
    /// Where the payer goes to finish it.
    pub payment_url: Option<String>,
    /// How the payer finishes it in coins.
    pub wallet: Option<crypto::Wallet>,
}

/// A refund as its channel tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRefund {
    /// Its number there.
    pub refund_no: ChannelRefundNo,
    /// How far it has come.
    pub status: ChannelRefundStatus,
    /// How much.
    pub money: Money,
}

/// What became of a call that moves money.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It is done, or under way.
    Done(T),
    /// The channel said no, for good.
    Refused(Error),
    /// Nothing happened, and nobody said no.
    NotBegun(Error),
    /// It may have happened.
    Unknown(Error),
}

impl<T> Outcome<T> {
    /// Sorts the result of a call.
    pub fn of(result: Result<T>) -> Self {
        match result {
            Ok(done) => Self::Done(done),
            Err(error) if error.certainty().nothing_happened() => Self::NotBegun(error),
            // The channel knows our key for something else: what that was has to be asked.
            Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::KeyReused) => Self::Unknown(error),
            Err(error) if error.certainty() == Certainty::Processed => Self::Refused(error),
            Err(error) => Self::Unknown(error),
        }
    }

    /// The same outcome where an earlier call is in doubt: that this one did nothing says nothing about that one.
    #[must_use]
    pub fn after_doubt(self) -> Self {
        match self {
            Self::NotBegun(error) => Self::Unknown(error),
            other => other,
        }
    }
}

/// How long to wait before the channel, or the gateway, is asked once more: a second, doubled, at most a minute.
pub fn pause(asked: u32) -> Duration {
    const LONGEST: Duration = Duration::from_secs(60);
    Duration::from_secs(1 << asked.min(6)).min(LONGEST)
}

// === what may become of a payment ===

/// The states that a payment may go to from each state. What stands at the end of none is final, and final states are
/// never left.
pub const EDGES: &[(ChannelPaymentStatus, &[ChannelPaymentStatus])] = {
    use ChannelPaymentStatus::{Cancelled, Failed, Pending, Processing, Refunded, Success};
    &[
        (Pending, &[Processing, Success, Failed, Cancelled]),
        (Processing, &[Success, Failed, Cancelled]),
        (Success, &[Refunded]),
    ]
};

/// The states in which a payment may be told `to`: `to` itself and those before it, in three places of a statement.
pub fn may_be_told(to: &ChannelPaymentStatus) -> [&ChannelPaymentStatus; 3] {
    let mut before = EDGES.iter().filter(|(_, next)| next.contains(to)).map(|(state, _)| state);
    [to, before.next().unwrap_or(to), before.next().unwrap_or(to)]
}

/// The incident of a payment whose money came after it had ended without; open until all of it is back.
pub const LATE_SUCCESS: &str = "LATE_SUCCESS";

/// What to make of news that a payment cannot follow any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// An older state, told late. Nobody needs to know.
    Stale,
    /// An older success, told late: the gateway may have missed it.
    StaleSuccess,
    /// The channel took money for a payment that has ended without: the gateway must know, and a person too.
    LateSuccess,
    /// Paid back, and the success itself has not come yet: let it come first.
    TooEarly,
}

/// Reads news about a payment in `status` that [`EDGES`] do not lead to.
pub fn reading(status: &ChannelPaymentStatus, news: &ChannelPaymentStatus) -> Reading {
    use ChannelPaymentStatus::{Cancelled, Failed, Pending, Processing, Refunded, Success};
    match (status, news) {
        (Refunded, Success) => Reading::StaleSuccess,
        (Failed | Cancelled, Success | Refunded) => Reading::LateSuccess,
        (Pending | Processing, Refunded) => Reading::TooEarly,
        _ => Reading::Stale,
    }
}

// === news ===

/// What a verified event says about a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Names the event, so that a repeat is known as one.
    pub event_id: String,
    /// The payment's platform number, if the event has it.
    pub payment_no: Option<PaymentNo>,
    /// The payment's number at the channel, if the event has it.
    pub trade_no: Option<ChannelTradeNo>,
    /// What became of it.
    pub status: ChannelPaymentStatus,
    /// How much was taken, or paid back.
    pub money: Option<Money>,
}

impl News {
    /// What the gateway is told; nothing about refunds, which it asks for itself.
    pub fn callback(&self, payment_no: &PaymentNo) -> Option<ChannelCallback> {
        let status = match self.status {
            ChannelPaymentStatus::Success => CallbackStatus::Success,
            ChannelPaymentStatus::Failed => CallbackStatus::Failed,
            ChannelPaymentStatus::Cancelled => CallbackStatus::Cancelled,
            _ => return None,
        };
        let failed = status == CallbackStatus::Failed;
        Some(ChannelCallback {
            event_id: Some(self.event_id.clone()),
            payment_no: Some(payment_no.clone()),
            channel_order_no: self.trade_no.clone(),
            status,
            amount: self.money.map(|money| money.minor_units),
            currency: self.money.map(|money| money.currency),
            error_code: failed.then(|| DECLINED.to_owned()),
            error_msg: failed.then(|| "the channel declined the payment".to_owned()),
        })
    }
}

/// True when `told` is a part of `whole`: a refund of some of it.
pub fn is_part(told: Money, whole: Money) -> bool {
    told.currency == whole.currency && told.minor_units < whole.minor_units
}

/// An amount and a currency that came apart on the wire.
fn money(amount: Option<i64>, currency: Option<&str>) -> Option<Money> {
    let currency: Currency = currency?.parse().ok()?;
    Some(Money::new(amount?, currency))
}

// === refusals ===

/// Code of a payment or refund that the channel refused.
pub const DECLINED: &str = "CHANNEL_DECLINED";

/// The channel said no for good.
pub fn declined(reason: &str) -> Error {
    Error::declined(DECLINED, format!("the channel declined: {reason}"))
}

/// It may or may not have happened, and the channel could not be asked.
pub fn unresolved(what: &str) -> Error {
    let message = format!("{what} is not decided yet; repeat the request with the same Idempotency-Key, or ask for it");
    Error::new(ErrorKind::Gateway, Certainty::PossiblyProcessed, message).with_code("CHANNEL_UNRESOLVED")
}

/// The channel took nothing on.
pub fn not_begun(what: &str) -> Error {
    let message = format!("the channel takes nothing on now; {what} was not begun, try again");
    Error::unavailable(message, Duration::from_secs(1)).with_code("CHANNEL_UNAVAILABLE")
}

/// The same thing runs already, under another key or in the background.
pub fn running(what: &str) -> Error {
    let message = format!("{what} is being decided at the channel; ask again in a second");
    Error::new(ErrorKind::InProgress, Certainty::PossiblyProcessed, message)
        .with_code(payment_clients::contract::error::code::IN_PROGRESS)
        .with_retry_after(Duration::from_secs(1))
}

/// The payment has come too far to be cancelled.
pub fn not_cancellable(payment_no: &PaymentNo, status: &ChannelPaymentStatus) -> Error {
    let message = format!("payment {payment_no} is {status} and cannot be cancelled; refund it instead");
    Error::conflict("PAYMENT_NOT_CANCELLABLE", message)
}

/// Why a payment of `money` cannot be refunded as asked.
pub fn not_refundable(
    status: &ChannelPaymentStatus,
    taken_late: bool,
    money: Money,
    refund: &CreateChannelRefund,
) -> Error {
    let was_taken = taken_late || matches!(status, ChannelPaymentStatus::Success | ChannelPaymentStatus::Refunded);
    let number = &refund.payment_no;
    match refund.currency {
        Some(currency) if currency != money.currency => {
            Error::invalid_input("currency", format!("must be the payment's, {}; it is {currency}", money.currency))
        }
        _ if !was_taken => {
            Error::conflict("PAYMENT_NOT_PAID", format!("payment {number} is {status}; there is nothing to pay back"))
        }
        _ => {
            let asked = refund.amount;
            let message = format!(
                "{asked} is more than what is left of the {money} of payment {number}, running refunds included"
            );
            Error::declined("REFUND_EXCEEDS_PAYMENT", message)
        }
    }
}

/// The number belongs to something else.
pub fn other_terms(what: &str) -> Error {
    let message = format!("{what} exists with another amount, currency or payment; take a new number for a new one");
    Error::conflict("DUPLICATE_NUMBER", message)
}

#[cfg(test)]
#[path = "domain/tests.rs"]
mod tests;
