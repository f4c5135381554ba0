//! The merchants' side of the ledger as rules, without any store: what their accounts are for, and what may be booked.

pub mod conversions;
pub mod invoices;
pub mod reconciliations;

use std::collections::BTreeMap;

use payment_clients::{
    apis::{
        accounting::{AccountType, CaptureHold, CreateTransaction, HoldPurpose, PlaceHold, RelatedNo, TransactionType},
        ids::MerchantId,
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        money::{Currency, Money},
        timestamp::Timestamp,
    },
};
use time::{Date, format_description::well_known::Iso8601};

use super::ledger::{Account, Class, MAX_AMOUNT, fees::FeePlan};
use crate::kit::{configuration::Values, currency, text};

/// The bank that the platform's own money is at.
pub const BANK: &str = "main";

/// What the platform takes of a payment at a channel by the rates of a configuration: the plan's version is its.
pub fn plan(values: &Values, channel: &Channel, currency: Currency) -> FeePlan {
    let terms = values.fee_rates.of(channel);
    let of = |amounts: &BTreeMap<Currency, i64>| amounts.get(&currency).copied();
    FeePlan {
        fixed: of(&terms.fixed).unwrap_or(0),
        min: of(&terms.min).unwrap_or(0),
        max: of(&terms.max),
        ..FeePlan::share(format!("{channel}:{currency}"), values.version, terms.rate_ppm.into())
    }
}

// === accounts ===

/// What an account of this type is in the ledger.
///
/// # Errors
/// 400 when it is no type of ours.
pub fn class(account_type: &AccountType) -> Result<Class> {
    match account_type {
        AccountType::Operating => Ok(Class::MerchantAvailable),
        AccountType::Reserve => Ok(Class::MerchantReserve),
        AccountType::Settlement => Ok(Class::MerchantPending),
        AccountType::Other(word) => Err(unknown("account_type", word, AccountType::KNOWN)),
    }
}

/// The type of a merchant's account.
///
/// # Errors
/// `Internal` when it is no merchant's.
pub fn account_type(class: Class) -> Result<AccountType> {
    match class {
        Class::MerchantAvailable => Ok(AccountType::Operating),
        Class::MerchantReserve => Ok(AccountType::Reserve),
        Class::MerchantPending => Ok(AccountType::Settlement),
        other => Err(Error::internal(format!("an account of class {} is no merchant's", other.as_str()))),
    }
}

/// A merchant's account of a class and currency.
pub fn merchants(class: Class, merchant: MerchantId, currency: Currency) -> Account {
    Account::new(class, merchant.to_string(), currency)
}

/// Whose account it is.
///
/// # Errors
/// `Internal` when it is no merchant's.
pub fn owner(account: &Account) -> Result<MerchantId> {
    account.owner().parse().map_err(|cause: String| Error::internal(format!("account {account}: {cause}")))
}

/// Checks who an account is for, and in what currency.
///
/// # Errors
/// 400 for the nil merchant, and a currency that the platform does not have.
pub fn check_owner(merchant: MerchantId, currency: Currency) -> Result<()> {
    if merchant.is_nil() {
        return Err(Error::invalid_input("merchant_id", "must not be the nil UUID"));
    }
    currency::known("currency", currency)
}

// === postings ===

/// The other side of a posting by hand, and the sign that its amount must have, if it must.
fn counterpart(kind: &TransactionType) -> Result<(Class, &'static str, Option<i64>)> {
    match kind {
        TransactionType::PaymentIn => Ok((Class::ChannelReceivable, "direct", Some(1))),
        TransactionType::RefundOut => Ok((Class::ChannelReceivable, "direct", Some(-1))),
        TransactionType::Withdraw => Ok((Class::PayoutsInTransit, Account::PLATFORM, Some(-1))),
        TransactionType::Fee => Ok((Class::Fees, "posting", Some(-1))),
        TransactionType::Adjustment => Ok((Class::Adjustments, Account::PLATFORM, None)),
        TransactionType::Settlement
        | TransactionType::CurrencyConversionOut
        | TransactionType::CurrencyConversionIn => {
            let rule = format!("`{kind}` is booked by an operation of its own");
            Err(Error::invalid_input("transaction_type", rule))
        }
        TransactionType::Other(word) => Err(unknown("transaction_type", word, TransactionType::KNOWN)),
    }
}

/// Checks a posting by hand, whatever its account.
///
/// # Errors
/// 400 when the amount is out of range or on the wrong side, or the type has an operation of its own.
pub fn check_posting(request: &CreateTransaction) -> Result<()> {
    let CreateTransaction { transaction_type, amount, .. } = request;
    text::at_most("related_no", request.related_no.as_ref().map(RelatedNo::as_str), 64)?;
    text::at_most("description", request.description.as_deref(), 500)?;
    let (.., sign) = counterpart(transaction_type)?;
    if amount.checked_abs().is_none_or(|size| !(1..=MAX_AMOUNT).contains(&size)) {
        let rule = format!("must be 1 to {MAX_AMOUNT} minor units, or that below 0; it is {amount}");
        return Err(Error::invalid_input("amount", rule));
    }
    if sign.is_some_and(|sign| sign != amount.signum()) {
        let side = if *amount > 0 { "below" } else { "above" };
        let rule = format!("of a `{transaction_type}` must be {side} 0; it is {amount}");
        return Err(Error::invalid_input("amount", rule));
    }
    Ok(())
}

/// From where a posting by hand goes to where, and how much: the sign of the amount says which is which.
///
/// # Errors
/// As [`check_posting`].
pub fn posting(request: &CreateTransaction, account: Account) -> Result<(Account, Account, i64)> {
    check_posting(request)?;
    let (class, owner, _) = counterpart(&request.transaction_type)?;
    let other = Account::new(class, owner, account.currency());
    let amount = request.amount;
    Ok(if amount > 0 { (other, account, amount) } else { (account, other, -amount) })
}

// === holds ===

/// From where a hold may take its amount, the first that has enough, and where a capture books it.
///
/// # Errors
/// The first field that breaks a rule.
pub fn hold(request: &PlaceHold) -> Result<(Vec<Account>, Account)> {
    let PlaceHold { merchant_id, currency, amount, .. } = request;
    check_owner(*merchant_id, *currency)?;
    let reference = request.reference.as_str();
    if reference.is_empty() {
        return Err(Error::invalid_input("reference", "must not be empty"));
    }
    text::at_most("reference", Some(reference), 64)?;
    text::at_most("related_no", request.related_no.as_ref().map(RelatedNo::as_str), 64)?;
    positive("amount", *amount)?;
    let own = |class| merchants(class, *merchant_id, *currency);
    match (&request.purpose, &request.channel) {
        (HoldPurpose::Withdrawal, None) => {
            let transit = Account::new(Class::PayoutsInTransit, Account::PLATFORM, *currency);
            Ok((vec![own(Class::MerchantAvailable)], transit))
        }
        (HoldPurpose::Withdrawal, Some(_)) => {
            Err(Error::invalid_input("channel", "must be absent for a withdrawal: a bank pays it"))
        }
        (HoldPurpose::Refund, Some(channel)) => {
            let receivable = receivable(channel.as_str(), *currency)?;
            Ok((vec![own(Class::MerchantPending), own(Class::MerchantAvailable)], receivable))
        }
        (HoldPurpose::Refund, None) => Err(Error::invalid_input("channel", "must name who pays the refund back")),
        (HoldPurpose::Other(word), _) => Err(unknown("purpose", word, HoldPurpose::KNOWN)),
    }
}

/// How much of a hold is booked, and how much of that is the fee.
///
/// # Errors
/// 400 when it is more than is held, or nothing would be left beside the fee.
pub fn capture(request: &CaptureHold, held: i64) -> Result<(i64, i64)> {
    let (amount, fee) = (request.amount.unwrap_or(held), request.fee_amount.unwrap_or(0));
    if !(1..=held).contains(&amount) {
        return Err(Error::invalid_input("amount", format!("must be 1 to what is held, {held}; it is {amount}")));
    }
    if !(0..amount).contains(&fee) {
        let rule = format!("must be 0 or above, and below what is booked, {amount}; it is {fee}");
        return Err(Error::invalid_input("fee_amount", rule));
    }
    Ok((amount, fee))
}

/// What a channel owes the platform.
///
/// # Errors
/// 400 when the channel has no name, or one that cannot be an account's.
pub fn receivable(channel: &str, currency: Currency) -> Result<Account> {
    let is_name = !channel.is_empty() && channel.len() <= 32;
    if !is_name || !channel.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
        return Err(Error::invalid_input("channel", "must be 1 to 32 letters, digits, `-` or `_`"));
    }
    Ok(Account::new(Class::ChannelReceivable, channel, currency))
}

// === fields ===

/// Checks that an amount of money can be booked.
///
/// # Errors
/// 400 when it cannot.
pub fn money(field: &str, money: Money) -> Result<()> {
    positive(field, money.minor_units)?;
    match money.currency.exponent() {
        Some(_) => Ok(()),
        None => Err(Error::invalid_input("currency", format!("`{}` is no currency of the platform", money.currency))),
    }
}

/// Checks an amount above zero.
///
/// # Errors
/// 400 when it is out of range.
pub fn positive(field: &str, amount: i64) -> Result<()> {
    if (1..=MAX_AMOUNT).contains(&amount) {
        return Ok(());
    }
    Err(Error::invalid_input(field, format!("must be 1 to {MAX_AMOUNT} minor units; it is {amount}")))
}

/// Checks how many elements a list has.
///
/// # Errors
/// 400 when it has none, or too many.
pub fn count(field: &str, elements: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&elements) {
        return Ok(());
    }
    Err(Error::invalid_input(field, format!("must be 1 to {most}; they are {elements}")))
}

/// Checks that a period has a length.
///
/// # Errors
/// 400 when it ends before it begins.
pub fn period(start: Timestamp, end: Timestamp) -> Result<()> {
    if start < end { Ok(()) } else { Err(Error::invalid_input("period_end", "must be after `period_start`")) }
}

/// The first moment of a day such as `2025-10-24`.
///
/// # Errors
/// 400 when the text is no such day.
pub fn day(field: &str, text: &str) -> Result<Timestamp> {
    let day = Date::parse(text, &Iso8601::DATE)
        .map_err(|_| Error::invalid_input(field, format!("must be a day such as 2025-10-24; it is `{text}`")))?;
    Ok(Timestamp::from_unix_ms(day.midnight().assume_utc().unix_timestamp().saturating_mul(1000)))
}

/// The first moment after a day.
///
/// # Errors
/// As [`day`].
pub fn day_after(field: &str, text: &str) -> Result<Timestamp> {
    const DAY: i64 = 24 * 3600 * 1000;
    day(field, text).map(|begin| Timestamp::from_unix_ms(begin.unix_ms().saturating_add(DAY)))
}

/// An error that names the words which a field may have.
pub fn unknown(field: &str, word: &str, known: &[&str]) -> Error {
    Error::invalid_input(field, format!("must be one of {known:?}; it is `{word}`"))
}
