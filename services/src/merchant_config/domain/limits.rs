//! Limits: how much a merchant may move, at once, a day and a month. All of them hold, so the strictest decides. Days and
//! months are those of UTC.

use payment_clients::{
    apis::merchant_config::{
        CreateTransactionLimit, LimitType, TermsChannel, TermsMethod, TermsStatus, TransactionLimit,
        TransactionLimitId, UpdateTransactionLimit,
    },
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};
use time::OffsetDateTime;

use super::terms::{self, Asked, Scope};
use crate::kit::days;

/// What was paid within one day or month, of what a limit holds for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Minor units.
    pub amount: i64,
    /// Payments.
    pub count: i64,
}

/// A limit that is asked for.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(asked: &CreateTransactionLimit, id: TransactionLimitId, now: Timestamp) -> Result<TransactionLimit> {
    terms::merchant(asked.merchant_id)?;
    check(TransactionLimit {
        id,
        merchant_id: asked.merchant_id,
        limit_type: asked.limit_type.clone(),
        payment_method: asked.payment_method.clone().unwrap_or(TermsMethod::All),
        channel: asked.channel.clone().unwrap_or(TermsChannel::All),
        currency: asked.currency,
        min_amount: asked.min_amount.unwrap_or(0),
        max_amount: asked.max_amount.unwrap_or(0),
        max_count: asked.max_count.unwrap_or(0),
        status: TermsStatus::Active,
        effective_date: asked.effective_date.map_or(now, terms::moment),
        expiry_date: asked.expiry_date.map(terms::moment),
        metadata: String::new(),
        created_at: now,
        updated_at: now,
    })
}

/// Changes what is given and keeps the rest.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn update(limit: &TransactionLimit, changes: &UpdateTransactionLimit, now: Timestamp) -> Result<TransactionLimit> {
    check(TransactionLimit {
        min_amount: changes.min_amount.unwrap_or(limit.min_amount),
        max_amount: changes.max_amount.unwrap_or(limit.max_amount),
        max_count: changes.max_count.unwrap_or(limit.max_count),
        expiry_date: changes.expiry_date.map(terms::moment).or(limit.expiry_date),
        status: changes.status.clone().unwrap_or_else(|| limit.status.clone()),
        updated_at: now,
        ..limit.clone()
    })
}

fn check(limit: TransactionLimit) -> Result<TransactionLimit> {
    terms::known("limit_type", limit.limit_type.as_str(), LimitType::KNOWN)?;
    scope(&limit).check()?;
    let least = terms::amount("min_amount", Some(limit.min_amount))?;
    let most = terms::amount("max_amount", Some(limit.max_amount))?;
    if limit.max_count < 0 {
        return Err(Error::invalid_input("max_count", format!("is {}; it must not be negative", limit.max_count)));
    }
    if most > 0 && least >= most {
        return Err(Error::invalid_input("min_amount", format!("is {least}, and not below `max_amount`, {most}")));
    }
    if (least, most, limit.max_count) == (0, 0, 0) {
        let rule = "must be given, or `min_amount` or `max_count`: else nothing is limited";
        return Err(Error::invalid_input("max_amount", rule));
    }
    Ok(limit)
}

fn scope(limit: &TransactionLimit) -> Scope<'_> {
    Scope {
        channel: &limit.channel,
        method: &limit.payment_method,
        currency: limit.currency,
        status: &limit.status,
        from: limit.effective_date,
        until: limit.expiry_date,
    }
}

/// The first moment of the day or month that a limit counts in; none where it counts nothing.
pub fn since(kind: &LimitType, now: i64) -> Option<i64> {
    let today = days::midnight(now);
    match kind {
        LimitType::Daily => Some(today),
        LimitType::Monthly => {
            let date = OffsetDateTime::from_unix_timestamp(today.div_euclid(1000)).ok()?;
            Some(today - (i64::from(date.day()) - 1) * days::DAY)
        }
        LimitType::Single | LimitType::Other(_) => None,
    }
}

/// Whether a payment keeps every limit that holds for it. `used` tells what was paid before of what a limit holds for.
///
/// # Errors
/// Those of `used`.
pub fn keeps(
    limits: &[TransactionLimit],
    asked: &Asked,
    used: impl Fn(&TransactionLimit) -> Result<Used>,
) -> Result<bool> {
    for limit in limits.iter().filter(|limit| scope(limit).holds_for(asked)) {
        let counts = since(&limit.limit_type, asked.at.unix_ms()).is_some();
        let before = if counts { used(limit)? } else { Used::default() };
        let sum = before.amount.checked_add(asked.amount);
        let too_much = limit.max_amount > 0 && sum.is_none_or(|sum| sum > limit.max_amount);
        let too_many = limit.max_count > 0 && before.count >= i64::from(limit.max_count);
        if asked.amount < limit.min_amount || too_much || too_many {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use payment_clients::{apis::ids::MerchantId, contract::money::Currency};

    use super::*;

    fn limit(limit_type: LimitType, min_amount: i64, max_amount: i64, max_count: i32) -> TransactionLimit {
        let asked = CreateTransactionLimit {
            min_amount: Some(min_amount),
            max_amount: Some(max_amount),
            max_count: Some(max_count),
            ..CreateTransactionLimit::new(MerchantId::from_u128(7), limit_type, Currency::USD)
        };
        draft(&asked, TransactionLimitId::from_u128(1), Timestamp::from_unix_ms(0)).unwrap()
    }

    #[test]
    fn the_strictest_of_all_limits_decides() {
        let limits = [limit(LimitType::Single, 5, 100, 0), limit(LimitType::Daily, 0, 150, 3)];
        for (amount, before, count, kept) in [
            (100, 0, 0, true),
            (50, 100, 2, true),
            (4, 0, 0, false),
            (101, 0, 0, false),
            (51, 100, 1, false),
            (5, 0, 3, false),
            (5, i64::MAX, 0, false),
        ] {
            let asked = Asked {
                merchant: MerchantId::from_u128(7),
                channel: String::new(),
                method: String::new(),
                amount,
                currency: Some(Currency::USD),
                at: Timestamp::from_unix_ms(10),
            };
            let used = |_: &TransactionLimit| Ok(Used { amount: before, count });
            assert_eq!(keeps(&limits, &asked, used).unwrap(), kept, "{amount} on top of {before}");
        }
    }

    #[test]
    fn a_day_and_a_month_begin_at_midnight() {
        // 2025-10-24T12:00:00Z.
        let noon = 1_761_307_200_000;
        assert_eq!(since(&LimitType::Daily, noon), Some(1_761_264_000_000));
        assert_eq!(since(&LimitType::Monthly, noon), Some(1_761_264_000_000 - 23 * days::DAY));
        assert_eq!(since(&LimitType::Single, noon), None);
    }
}
