//! Limits: how much a merchant may take, at once, a day and a month. All of them hold, so the strictest decides.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{
            ChannelScope, CreateTransactionLimit, LimitType, MethodScope, TermsStatus, TransactionLimit,
            TransactionLimitId, UpdateTransactionLimit,
        },
    },
    contract::{
        error::{Error, Result},
        money::{Currency, Money},
        timestamp::Timestamp,
    },
};

use super::fields;

/// A payment that asks to pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// How much.
    pub money: Money,
    /// Where.
    pub channel: ChannelScope,
    /// In which way.
    pub method: MethodScope,
    /// When.
    pub at: Timestamp,
}

/// What has passed before, within one day or month, of what a limit holds for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Minor units.
    pub amount: i64,
    /// Payments.
    pub count: i32,
}

/// A limit that is asked for.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(
    asked: &CreateTransactionLimit,
    id: TransactionLimitId,
    owner: MerchantId,
    now: Timestamp,
) -> Result<TransactionLimit> {
    let limit = TransactionLimit {
        id,
        merchant_id: owner,
        limit_type: asked.limit_type.clone(),
        payment_method: asked.payment_method.clone().unwrap_or(MethodScope::All),
        channel: asked.channel.clone().unwrap_or(ChannelScope::All),
        currency: fields::currency(asked.currency)?,
        min_amount: asked.min_amount.unwrap_or(0),
        max_amount: asked.max_amount.unwrap_or(0),
        max_count: asked.max_count.unwrap_or(0),
        status: TermsStatus::Active,
        effective_date: now,
        expiry_date: None,
        metadata: "{}".to_owned(),
        created_at: now,
        updated_at: now,
    };
    check(limit)
}

/// Changes what is given and keeps the rest.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn update(limit: TransactionLimit, changes: &UpdateTransactionLimit, now: Timestamp) -> Result<TransactionLimit> {
    check(TransactionLimit {
        min_amount: changes.min_amount.unwrap_or(limit.min_amount),
        max_amount: changes.max_amount.unwrap_or(limit.max_amount),
        max_count: changes.max_count.unwrap_or(limit.max_count),
        status: changes.status.clone().unwrap_or(limit.status),
        updated_at: now,
        ..limit
    })
}

fn check(limit: TransactionLimit) -> Result<TransactionLimit> {
    fields::known("limit_type", limit.limit_type.as_str(), LimitType::KNOWN)?;
    fields::known("payment_method", limit.payment_method.as_str(), MethodScope::KNOWN)?;
    fields::known("channel", limit.channel.as_str(), ChannelScope::KNOWN)?;
    fields::known("status", limit.status.as_str(), TermsStatus::KNOWN)?;
    let (least, most) =
        (fields::amount("min_amount", Some(limit.min_amount))?, fields::amount("max_amount", Some(limit.max_amount))?);
    if limit.max_count < 0 {
        return Err(Error::invalid_input("max_count", format!("is {}; it must not be negative", limit.max_count)));
    }
    if most > 0 && least > most {
        return Err(Error::invalid_input("min_amount", format!("is {least}, and above `max_amount`, {most}")));
    }
    if (least, most, limit.max_count) == (0, 0, 0) {
        return Err(Error::invalid_input(
            "max_amount",
            "must be given, or `min_amount` or `max_count`: else nothing is limited",
        ));
    }
    Ok(limit)
}

/// Decides whether a payment may pass. `used` tells what has passed before, of what a limit holds for, in the limit's
/// day or month.
///
/// # Errors
/// 422 with the limit that says no.
pub fn pass(limits: &[TransactionLimit], attempt: &Attempt, used: impl Fn(&TransactionLimit) -> Used) -> Result<()> {
    limits.iter().filter(|limit| holds_for(limit, attempt)).try_for_each(|limit| {
        let before = if limit.limit_type == LimitType::Single { Used::default() } else { used(limit) };
        let amount = attempt.money.minor_units;
        if amount < limit.min_amount {
            return Err(refused(limit, &format!("{amount} are less than {}", limit.min_amount)));
        }
        let sum = before.amount.checked_add(amount);
        if limit.max_amount > 0 && sum.is_none_or(|sum| sum > limit.max_amount) {
            return Err(refused(limit, &format!("{amount} on top of {} pass {}", before.amount, limit.max_amount)));
        }
        if limit.max_count > 0 && before.count >= limit.max_count {
            return Err(refused(limit, &format!("{} payments are all that may be made", limit.max_count)));
        }
        Ok(())
    })
}

fn holds_for(limit: &TransactionLimit, attempt: &Attempt) -> bool {
    let currency: Currency = attempt.money.currency;
    limit.status == TermsStatus::Active
        && limit.currency == currency
        && limit.effective_date <= attempt.at
        && limit.expiry_date.is_none_or(|expiry| attempt.at < expiry)
        && (limit.channel == ChannelScope::All || limit.channel == attempt.channel)
        && (limit.payment_method == MethodScope::All || limit.payment_method == attempt.method)
}

fn refused(limit: &TransactionLimit, why: &str) -> Error {
    let (kind, currency) = (&limit.limit_type, limit.currency);
    Error::declined("LIMIT_EXCEEDED", format!("the {kind} limit {} in {currency} minor units: {why}", limit.id))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn limit(limit_type: LimitType, min_amount: i64, max_amount: i64, max_count: i32) -> TransactionLimit {
        let asked = CreateTransactionLimit {
            merchant_id: None,
            limit_type,
            payment_method: None,
            channel: None,
            currency: None,
            min_amount: Some(min_amount),
            max_amount: Some(max_amount),
            max_count: Some(max_count),
        };
        draft(&asked, TransactionLimitId::from_u128(1), MerchantId::from_u128(7), at(0)).unwrap()
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    fn attempt(amount: i64) -> Attempt {
        let money = Money::new(amount, Currency::USD);
        Attempt { money, channel: ChannelScope::Stripe, method: MethodScope::Card, at: at(10) }
    }

    #[test]
    fn the_strictest_of_all_limits_decides() {
        let limits = [limit(LimitType::Single, 5, 100, 0), limit(LimitType::Daily, 0, 150, 3)];
        let used = |amount, count| move |_: &TransactionLimit| Used { amount, count };
        pass(&limits, &attempt(100), used(0, 0)).unwrap();
        pass(&limits, &attempt(50), used(100, 2)).unwrap();
        for (amount, before, count) in [(4, 0, 0), (101, 0, 0), (51, 100, 1), (5, 0, 3), (5, i64::MAX, 0)] {
            let error = pass(&limits, &attempt(amount), used(before, count)).unwrap_err();
            assert_eq!(error.code(), Some("LIMIT_EXCEEDED"), "{amount} on top of {before}: {error}");
        }
    }

    #[test]
    fn a_limit_holds_for_its_scope_and_its_time_only() {
        let strict = || limit(LimitType::Single, 0, 1, 0);
        let elsewhere = [
            TransactionLimit { status: TermsStatus::Inactive, ..strict() },
            TransactionLimit { currency: "JPY".parse().unwrap(), ..strict() },
            TransactionLimit { channel: ChannelScope::Paypal, ..strict() },
            TransactionLimit { payment_method: MethodScope::BankTransfer, ..strict() },
            TransactionLimit { effective_date: at(11), ..strict() },
            TransactionLimit { expiry_date: Some(at(10)), ..strict() },
        ];
        pass(&elsewhere, &attempt(100), |_| Used::default()).unwrap();
        assert!(pass(&[strict()], &attempt(100), |_| Used::default()).is_err());
    }
}
