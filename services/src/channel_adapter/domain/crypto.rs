//! Coins: how many of them an amount is, and the processor's words in ours.
//!
//! All of it is whole numbers: an amount becomes cents, and cents become hundred-millionths of a coin. Each step is rounded
//! up, so that what arrives is never worth less than what was asked for. Without a rate and a price of now there is no
//! quote: an amount that nobody could convert is taken for no other.

use payment_clients::{
    apis::{
        channel_adapter::{ChannelPaymentStatus, CreateChannelPayment},
        exchange_rate::LatestRatesV4,
        ids::ChannelTradeNo,
        words::JsonObject,
    },
    contract::{
        decimal::Decimal,
        error::{Error, Result},
        money::{Currency, Money},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Found;
use crate::{
    channel_sim::api::crypto::{AddressStatus, CoinPrice, Watched},
    kit::days::DAY,
};

/// How old published rates may be: they change once a day.
const RATES_LAST: i64 = 2 * DAY;
/// How old a price may be.
const PRICE_LASTS: i64 = 10 * 60_000;
/// How long a quote stands, and the payer has.
pub const QUOTE_STANDS: i64 = 30 * 60_000;
/// Digits behind the point of a quote.
const DIGITS: u32 = 8;

/// The coins that can be paid with: network, symbol.
const COINS: &[(&str, &str)] = &[("ETH", "ETH"), ("BTC", "BTC")];

/// How a payer pays in coins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wallet {
    /// What a wallet opens.
    pub uri: String,
    /// The same in parts, as callers are shown it.
    pub parts: JsonObject,
}

// === quotes ===

/// The network and the coin that a payment names; ether where it names none.
///
/// # Errors
/// 400 when there is no such coin on that network.
pub fn coin(payment: &CreateChannelPayment) -> Result<(&'static str, &'static str)> {
    let named = |name: &str| match payment.extra.as_ref().and_then(|extra| extra.get(name)) {
        None | Some(Value::Null) => Some("ETH"),
        Some(value) => value.as_str(),
    };
    let wanted = named("network").zip(named("symbol"));
    let known = COINS.iter().find(|coin| Some(**coin) == wanted);
    known.copied().ok_or_else(|| {
        let coins: Vec<_> = COINS.iter().map(|(network, symbol)| format!("{symbol} on {network}")).collect();
        Error::invalid_input("extra.network and extra.symbol", format!("must name one of {}", coins.join(", ")))
    })
}

/// What an amount is in cents, by the rates of its currency.
///
/// # Errors
/// `RATE_UNAVAILABLE` when these are not the rates of its currency, or are too old.
pub fn cents(money: Money, published: &LatestRatesV4, now: i64) -> Result<i64> {
    let currency = money.currency;
    if published.base != currency || !is_fresh(published.time_last_updated, now, RATES_LAST) {
        return Err(unavailable(&format!("no rates of {currency} are published that are of today or yesterday")));
    }
    let rate = published.rates.get(&Currency::USD).map(|rate| rate.number());
    let rate = rate.ok_or_else(|| unavailable(&format!("no rate of {currency} to USD is published")))?;
    let digits = currency.exponent().ok_or_else(|| unavailable(&format!("{currency} is no known currency")))?;
    let product = i128::from(money.minor_units).checked_mul(i128::from(rate.significand()));
    quotient(product.and_then(|product| product.checked_mul(100)), 10_i128.checked_pow(digits + rate.scale()))
}

/// How many coins so many cents are.
///
/// # Errors
/// `RATE_UNAVAILABLE` when this is another coin's price, or an old one; 400 when it would be too many.
pub fn coins(cents: i64, price: &CoinPrice, symbol: &str, now: i64) -> Result<Decimal> {
    if price.symbol != symbol || !is_fresh(price.at, now, PRICE_LASTS) {
        return Err(unavailable(&format!("there is no price of {symbol} of now")));
    }
    let usd = price.usd.number();
    let parts = 10_i128.checked_pow(DIGITS + usd.scale()).and_then(|unit| unit.checked_mul(cents.into()));
    let parts = quotient(parts, Some(i128::from(usd.significand()) * 100))?;
    Decimal::new(parts, DIGITS).ok_or_else(too_much)
}

/// From a moment in Unix seconds on, something is true for a while; a little later than now is our clock's fault.
fn is_fresh(since: i64, now: i64, lasts: i64) -> bool {
    (now - lasts..=now + PRICE_LASTS).contains(&since.saturating_mul(1000))
}

/// Rounded up.
fn quotient(number: Option<i128>, by: Option<i128>) -> Result<i64> {
    let (number, by) = number.zip(by).filter(|(_, by)| *by > 0).ok_or_else(too_much)?;
    let up = number.div_euclid(by) + i128::from(number.rem_euclid(by) > 0);
    i64::try_from(up).map_err(|_| too_much())
}

fn too_much() -> Error {
    Error::invalid_input("amount", "must be less to be paid in coins").with_code("INVALID_AMOUNT")
}

/// Nothing was begun, and nothing can be until there is a rate.
pub fn unavailable(why: &str) -> Error {
    let text = format!("{why}; without it nobody knows how many coins to ask for, try again later");
    Error::unavailable(text, std::time::Duration::from_secs(60)).with_code("RATE_UNAVAILABLE")
}

// === what the processor answers ===

/// A payment as the processor tells it.
///
/// # Errors
/// When its coins cannot be written down.
pub fn found(watched: &Watched) -> Result<Found> {
    let status = match watched.status {
        AddressStatus::Waiting => ChannelPaymentStatus::Pending,
        AddressStatus::Confirmed => ChannelPaymentStatus::Success,
        AddressStatus::Expired | AddressStatus::Closed => ChannelPaymentStatus::Cancelled,
        // A newer word is on its way to one of these.
        AddressStatus::Confirming | AddressStatus::Other(_) => ChannelPaymentStatus::Processing,
    };
    Ok(Found {
        trade_no: ChannelTradeNo::from(watched.asked.payment_no.as_str()),
        status,
        money: Money::new(watched.asked.amount, watched.asked.currency),
        client_secret: None,
        payment_url: None,
        wallet: Some(wallet(watched)?),
    })
}

fn wallet(watched: &Watched) -> Result<Wallet> {
    let Watched { asked, address, confirmations_required, .. } = watched;
    let parts = json!({
        "payment_address": address,
        "crypto_amount": asked.coins,
        "crypto_symbol": asked.symbol,
        "network": asked.network,
        "confirmations_required": confirmations_required,
        "expires_at": asked.expires_at,
    });
    let parts: JsonObject = serde_json::from_value(parts).map_err(Error::internal)?;
    Ok(Wallet { uri: uri(&asked.symbol, address, asked.coins)?, parts })
}

/// What a wallet opens: BIP 21, or ERC 681, which counts the smallest part of an ether.
fn uri(symbol: &str, address: &str, coins: Decimal) -> Result<String> {
    const ETHER: u32 = 18;
    if symbol == "BTC" {
        return Ok(format!("bitcoin:{address}?amount={coins}"));
    }
    let missing = ETHER.checked_sub(coins.scale()).and_then(|digits| 10_i128.checked_pow(digits));
    let wei = missing.and_then(|unit| unit.checked_mul(coins.significand().into())).ok_or_else(too_much)?;
    Ok(format!("ethereum:{address}?value={wei}"))
}

#[cfg(test)]
#[path = "crypto/tests.rs"]
mod tests;
