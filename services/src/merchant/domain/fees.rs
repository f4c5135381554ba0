//! Fees: what payments cost a merchant. Rates are read digit by digit and kept in ten-thousandths.

use payment_clients::{
    apis::{
        ids::{MerchantId, OperatorId},
        merchant::{
            ChannelScope, CreateFeeConfig, FeeConfig, FeeConfigId, FeeType, MethodScope, TermsStatus, UpdateFeeConfig,
        },
    },
    contract::{
        decimal::Decimal,
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use super::fields;

/// Decimals of a rate.
const DECIMALS: u32 = 4;

/// A fee that is asked for.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(
    asked: &CreateFeeConfig,
    id: FeeConfigId,
    owner: MerchantId,
    by: Option<OperatorId>,
    now: Timestamp,
) -> Result<FeeConfig> {
    check(FeeConfig {
        id,
        merchant_id: owner,
        channel: asked.channel.clone(),
        payment_method: asked.payment_method.clone().unwrap_or(MethodScope::All),
        fee_type: asked.fee_type.clone(),
        fee_percentage: asked.fee_percentage.unwrap_or_default(),
        fee_fixed: asked.fee_fixed.unwrap_or(0),
        min_fee: asked.min_fee.unwrap_or(0),
        max_fee: asked.max_fee.unwrap_or(0),
        currency: fields::currency(asked.currency)?,
        tiered_rules: "{}".to_owned(),
        effective_date: now,
        expiry_date: None,
        priority: 0,
        status: TermsStatus::Active,
        created_by: by,
        // Whoever may set a fee is staff, and needs nobody's leave.
        approved_by: by,
        approved_at: Some(now),
        metadata: "{}".to_owned(),
        created_at: now,
        updated_at: now,
    })
}

/// Changes what is given and keeps the rest.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn update(fee: FeeConfig, changes: &UpdateFeeConfig, now: Timestamp) -> Result<FeeConfig> {
    check(FeeConfig {
        fee_percentage: changes.fee_percentage.unwrap_or(fee.fee_percentage),
        fee_fixed: changes.fee_fixed.unwrap_or(fee.fee_fixed),
        min_fee: changes.min_fee.unwrap_or(fee.min_fee),
        max_fee: changes.max_fee.unwrap_or(fee.max_fee),
        status: changes.status.clone().unwrap_or(fee.status),
        updated_at: now,
        ..fee
    })
}

fn check(fee: FeeConfig) -> Result<FeeConfig> {
    fields::known("channel", fee.channel.as_str(), ChannelScope::KNOWN)?;
    fields::known("payment_method", fee.payment_method.as_str(), MethodScope::KNOWN)?;
    fields::known("fee_type", fee.fee_type.as_str(), FeeType::KNOWN)?;
    fields::known("status", fee.status.as_str(), TermsStatus::KNOWN)?;
    for (field, amount) in [("fee_fixed", fee.fee_fixed), ("min_fee", fee.min_fee), ("max_fee", fee.max_fee)] {
        fields::amount(field, Some(amount))?;
    }
    if fee.max_fee > 0 && fee.min_fee > fee.max_fee {
        return Err(Error::invalid_input(
            "min_fee",
            format!("is {}, and above `max_fee`, {}", fee.min_fee, fee.max_fee),
        ));
    }
    let rate = ten_thousandths(fee.fee_percentage)?;
    match fee.fee_type {
        FeeType::Percentage if rate == 0 => {
            Err(Error::invalid_input("fee_percentage", "must be above 0 for a percentage"))
        }
        FeeType::Fixed if fee.fee_fixed == 0 => {
            Err(Error::invalid_input("fee_fixed", "must be above 0 for a fixed fee"))
        }
        FeeType::Tiered => {
            Err(Error::invalid_input("fee_type", "cannot be tiered here: a fee has no field for its tiers"))
        }
        _ => Ok(fee),
    }
}

/// A rate as the store keeps it.
///
/// # Errors
/// When it is below 0, 10 or above, or has more than four decimals.
pub fn ten_thousandths(rate: Decimal) -> Result<i64> {
    let missing = DECIMALS.checked_sub(rate.scale());
    let units = missing.and_then(|missing| rate.significand().checked_mul(10_i64.pow(missing)));
    units.filter(|units| (0..100_000).contains(units)).ok_or_else(|| {
        let rule = format!("is {rate}; it must be 0 or above and below 10, with at most {DECIMALS} decimals");
        Error::invalid_input("fee_percentage", rule)
    })
}

/// A rate as the wire has it.
///
/// # Errors
/// When the store holds no rate.
pub fn rate(ten_thousandths: i64) -> Result<Decimal> {
    Decimal::new(ten_thousandths, DECIMALS).ok_or_else(|| Error::internal(format!("{ten_thousandths} is no rate")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{rate, ten_thousandths};

    #[test]
    fn a_rate_comes_back_as_it_was_written() {
        for (text, units) in [("0.029", 290), ("9.9999", 99_999), ("0", 0), ("1e-4", 1), ("2", 20_000)] {
            assert_eq!(ten_thousandths(text.parse().unwrap()).unwrap(), units);
            assert_eq!(rate(units).unwrap(), text.parse().unwrap());
        }
        for bad in ["10", "-0.1", "0.00001", "999999999999999999"] {
            assert!(ten_thousandths(bad.parse().unwrap()).is_err(), "{bad}");
        }
    }
}
