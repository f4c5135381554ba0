//! Fees: what a merchant pays for a payment. Rates are read digit by digit, kept in ten-thousandths, and products are
//! wider than any amount.
//!
//! The tiers of a tiered fee are JSON text of a list, from the smallest amounts to the largest: a payment costs the
//! percentage of the first tier that reaches to its amount, and the last tier reaches to all of them.
//!
//! ```text
//! [{"up_to": 10000, "percentage": 0.029}, {"up_to": 100000, "percentage": 0.024}, {"percentage": 0.019}]
//! ```

use payment_clients::{
    apis::{
        ids::OperatorId,
        merchant_config::{
            CreateFeeConfig, FeeConfig, FeeConfigId, FeeType, TermsMethod, TermsStatus, UpdateFeeConfig,
        },
    },
    contract::{
        decimal::Decimal,
        error::{Error, Result},
        timestamp::Timestamp,
    },
};
use serde::Deserialize;

use super::terms::{self, Asked, Scope};

/// Decimals of a rate.
const DECIMALS: u32 = 4;
/// What a rate of one is, as it is kept.
const ONE: i128 = 10_000;
/// Most tiers of a fee.
const MOST_TIERS: usize = 20;

/// What amounts up to a bound cost.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tier {
    /// Largest amount, in minor units; none for the last tier.
    up_to: Option<i64>,
    /// As a fee's own.
    percentage: Decimal,
}

/// A fee that is asked for. It waits to be approved.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(asked: &CreateFeeConfig, id: FeeConfigId, by: Option<OperatorId>, now: Timestamp) -> Result<FeeConfig> {
    terms::merchant(asked.merchant_id)?;
    if asked.created_by.is_some() && asked.created_by != by {
        return Err(Error::invalid_input("created_by", "must be who makes the call"));
    }
    check(FeeConfig {
        id,
        merchant_id: asked.merchant_id,
        channel: asked.channel.clone(),
        payment_method: asked.payment_method.clone().unwrap_or(TermsMethod::All),
        fee_type: asked.fee_type.clone(),
        fee_percentage: asked.fee_percentage.unwrap_or_default(),
        fee_fixed: asked.fee_fixed.unwrap_or(0),
        min_fee: asked.min_fee.unwrap_or(0),
        max_fee: asked.max_fee.unwrap_or(0),
        currency: asked.currency,
        tiered_rules: asked.tiered_rules.clone().unwrap_or_default(),
        effective_date: asked.effective_date.map_or(now, terms::moment),
        expiry_date: asked.expiry_date.map(terms::moment),
        priority: asked.priority.unwrap_or(0),
        status: TermsStatus::Inactive,
        created_by: by,
        approved_by: None,
        approved_at: None,
        metadata: String::new(),
        created_at: now,
        updated_at: now,
    })
}

/// Changes what is given and keeps the rest. What was approved are the terms as they were: others wait to be approved.
///
/// # Errors
/// The first rule that is broken, with the name of the field; `NOT_APPROVED` for what is to count without.
pub fn update(fee: &FeeConfig, changes: &UpdateFeeConfig, now: Timestamp) -> Result<FeeConfig> {
    let mut changed = FeeConfig {
        fee_percentage: changes.fee_percentage.unwrap_or(fee.fee_percentage),
        fee_fixed: changes.fee_fixed.unwrap_or(fee.fee_fixed),
        min_fee: changes.min_fee.unwrap_or(fee.min_fee),
        max_fee: changes.max_fee.unwrap_or(fee.max_fee),
        tiered_rules: changes.tiered_rules.clone().unwrap_or_else(|| fee.tiered_rules.clone()),
        expiry_date: changes.expiry_date.map(terms::moment).or(fee.expiry_date),
        priority: changes.priority.unwrap_or(fee.priority),
        ..fee.clone()
    };
    if changed != *fee {
        (changed.status, changed.approved_by, changed.approved_at) = (TermsStatus::Inactive, None, None);
    }
    if let Some(status) = &changes.status {
        if *status == TermsStatus::Active && changed.approved_at.is_none() {
            let text = format!("fee {} is not approved as it would be; another of the staff must approve it", fee.id);
            return Err(Error::conflict("NOT_APPROVED", text));
        }
        changed.status = status.clone();
    }
    changed.updated_at = now;
    check(changed)
}

/// Refuses who made the terms: another decides about them.
///
/// # Errors
/// `SELF_APPROVAL`.
pub fn may_approve(fee: &FeeConfig, made_by: &str, approver: &str) -> Result<()> {
    if made_by == approver {
        let text = format!("{made_by} has made fee {} as it is; another must approve it", fee.id);
        return Err(Error::declined("SELF_APPROVAL", text));
    }
    Ok(())
}

fn check(fee: FeeConfig) -> Result<FeeConfig> {
    scope(&fee).check()?;
    terms::known("fee_type", fee.fee_type.as_str(), FeeType::KNOWN)?;
    for (field, amount) in [("fee_fixed", fee.fee_fixed), ("min_fee", fee.min_fee), ("max_fee", fee.max_fee)] {
        terms::amount(field, Some(amount))?;
    }
    if fee.max_fee > 0 && fee.min_fee > fee.max_fee {
        let rule = format!("is {}, and above `max_fee`, {}", fee.min_fee, fee.max_fee);
        return Err(Error::invalid_input("min_fee", rule));
    }
    let rate = ten_thousandths("fee_percentage", fee.fee_percentage)?;
    if fee.fee_type == FeeType::Percentage && rate == 0 {
        return Err(Error::invalid_input("fee_percentage", "must be above 0 for a percentage"));
    }
    if fee.fee_type == FeeType::Fixed && fee.fee_fixed == 0 {
        return Err(Error::invalid_input("fee_fixed", "must be above 0 for a fixed fee"));
    }
    if fee.fee_type == FeeType::Tiered || !fee.tiered_rules.is_empty() {
        tiers(&fee.tiered_rules)?;
    }
    Ok(fee)
}

fn scope(fee: &FeeConfig) -> Scope<'_> {
    Scope {
        channel: &fee.channel,
        method: &fee.payment_method,
        currency: fee.currency,
        status: &fee.status,
        from: fee.effective_date,
        until: fee.expiry_date,
    }
}

/// Reads tiers: their bounds rise, and only the last has none.
fn tiers(text: &str) -> Result<Vec<Tier>> {
    let what = "a list of tiers, each with `up_to` and `percentage`, the last without `up_to`";
    let tiers: Vec<Tier> = terms::json("tiered_rules", text, what)?;
    if !(1..=MOST_TIERS).contains(&tiers.len()) {
        let rule = format!("must have 1 to {MOST_TIERS} tiers; it has {}", tiers.len());
        return Err(Error::invalid_input("tiered_rules", rule));
    }
    let mut reached = 0;
    for (place, tier) in (1..).zip(&tiers) {
        ten_thousandths("tiered_rules", tier.percentage)?;
        match tier.up_to {
            None if place == tiers.len() => {}
            Some(bound) if place < tiers.len() && bound > reached => reached = bound,
            _ => {
                let rule = format!("must rise from tier to tier, and the last has no `up_to`; tier {place} does not");
                return Err(Error::invalid_input("tiered_rules", rule));
            }
        }
    }
    Ok(tiers)
}

/// The fee of a payment, by the first of these that holds; they come with the highest priority first.
///
/// # Errors
/// 404 when none holds.
pub fn fee_of(fees: &[FeeConfig], asked: &Asked) -> Result<i64> {
    let found = fees.iter().find(|fee| scope(fee).holds_for(asked));
    let Some(fee) = found else {
        let what = format!("a fee of merchant {} that holds for this payment", asked.merchant);
        return Err(Error::not_found(what));
    };
    let whole = match fee.fee_type {
        FeeType::Percentage => share(asked.amount, fee.fee_percentage)? + i128::from(fee.fee_fixed),
        FeeType::Tiered => {
            let tiers = tiers(&fee.tiered_rules)?;
            let tier = tiers.iter().find(|tier| tier.up_to.is_none_or(|bound| asked.amount <= bound));
            share(asked.amount, tier.map(|tier| tier.percentage).unwrap_or_default())?
        }
        _ => i128::from(fee.fee_fixed),
    };
    let whole = whole.max(fee.min_fee.into());
    let bounded = if fee.max_fee > 0 { whole.min(fee.max_fee.into()) } else { whole };
    i64::try_from(bounded).map_err(Error::internal)
}

/// A share of an amount, rounded down.
fn share(amount: i64, rate: Decimal) -> Result<i128> {
    let rate = ten_thousandths("fee_percentage", rate)?;
    Ok(i128::from(amount) * i128::from(rate) / ONE)
}

/// A rate as the store keeps it.
///
/// # Errors
/// When it is below 0, 10 or above, or has more than four decimals.
pub fn ten_thousandths(field: &str, rate: Decimal) -> Result<i64> {
    let missing = DECIMALS.checked_sub(rate.scale());
    let units = missing.and_then(|missing| rate.significand().checked_mul(10_i64.pow(missing)));
    units.filter(|units| (0..100_000).contains(units)).ok_or_else(|| {
        let rule = format!("is {rate}; it must be 0 or above and below 10, with at most {DECIMALS} decimals");
        Error::invalid_input(field, rule)
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
    use payment_clients::{
        apis::{ids::MerchantId, merchant_config::TermsChannel},
        contract::money::Currency,
    };

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    fn fee(spoil: fn(&mut CreateFeeConfig)) -> Result<FeeConfig> {
        let merchant = MerchantId::from_u128(7);
        let mut asked = CreateFeeConfig {
            fee_percentage: Some("0.029".parse().unwrap()),
            fee_fixed: Some(30),
            ..CreateFeeConfig::new(merchant, TermsChannel::All, FeeType::Percentage, Currency::USD)
        };
        spoil(&mut asked);
        let made = draft(&asked, FeeConfigId::from_u128(1), None, at(0))?;
        Ok(FeeConfig { status: TermsStatus::Active, approved_at: Some(at(0)), ..made })
    }

    fn of(fee: FeeConfig, amount: i64) -> i64 {
        let merchant = MerchantId::from_u128(7);
        let (channel, method) = ("stripe".to_owned(), String::new());
        let asked = Asked { merchant, channel, method, amount, currency: Some(Currency::USD), at: at(1) };
        fee_of(&[fee], &asked).unwrap()
    }

    #[test]
    fn a_fee_is_rounded_down_and_keeps_its_bounds() {
        for (amount, expected) in [(0, 30), (1, 30), (1000, 59), (1034, 59), (1035, 60)] {
            assert_eq!(of(fee(|_| {}).unwrap(), amount), expected, "{amount}");
        }
        let bounded = |asked: &mut CreateFeeConfig| (asked.min_fee, asked.max_fee) = (Some(50), Some(70));
        assert_eq!([100, 1000, 100_000].map(|amount| of(fee(bounded).unwrap(), amount)), [50, 59, 70]);
        assert_eq!(of(fee(|asked| asked.fee_type = FeeType::Fixed).unwrap(), 1_000_000), 30);
        let dear = |asked: &mut CreateFeeConfig| asked.fee_percentage = Some("9.9999".parse().unwrap());
        assert_eq!(of(fee(dear).unwrap(), terms::MAX_AMOUNT), 9_999_900_000_000_030);
    }

    #[test]
    fn a_tier_reaches_to_its_bound() {
        let tiered = |asked: &mut CreateFeeConfig| {
            asked.fee_type = FeeType::Tiered;
            asked.tiered_rules = Some(r#"[{"up_to": 100, "percentage": 0.1}, {"percentage": 0.01}]"#.to_owned());
        };
        assert_eq!([100, 101, 1000].map(|amount| of(fee(tiered).unwrap(), amount)), [10, 1, 10]);
    }

    #[test]
    fn tiers_rise_and_the_last_has_no_bound() {
        for bad in [
            "",
            "[]",
            "{}",
            r#"[{"up_to": 1, "percentage": 0.1}]"#,
            r#"[{"percentage": 0.1}, {"percentage": 0.1}]"#,
            r#"[{"up_to": 2, "percentage": 0.1}, {"up_to": 2, "percentage": 0.1}, {"percentage": 0.1}]"#,
            r#"[{"up_to": 0, "percentage": 0.1}, {"percentage": 0.1}]"#,
            r#"[{"percentage": 0.00001}]"#,
            r#"[{"percentage": 0.1, "to": 1}]"#,
        ] {
            assert!(tiers(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn other_terms_wait_to_be_approved_and_the_same_ones_do_not() {
        let approved = fee(|_| {}).unwrap();
        let dearer = UpdateFeeConfig { fee_fixed: Some(31), ..Default::default() };
        let changed = update(&approved, &dearer, at(5)).unwrap();
        assert_eq!((&changed.status, changed.approved_at), (&TermsStatus::Inactive, None));
        let same = UpdateFeeConfig { fee_fixed: Some(30), ..Default::default() };
        assert_eq!(update(&approved, &same, at(5)).unwrap().approved_at, Some(at(0)));
        let off = UpdateFeeConfig { status: Some(TermsStatus::Inactive), ..Default::default() };
        assert_eq!(update(&approved, &off, at(5)).unwrap().approved_at, Some(at(0)));
        let on = UpdateFeeConfig { status: Some(TermsStatus::Active), ..dearer };
        assert_eq!(update(&approved, &on, at(5)).unwrap_err().code(), Some("NOT_APPROVED"));
    }
}
