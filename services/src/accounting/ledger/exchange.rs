//! Money of one currency for money of another. The customer gets whole minor units, rounded down; the part of one that is
//! left stays with the liquidity, so that no round trip ever makes money.

use payment_clients::contract::{
    error::{Error, Result},
    money::{Currency, Money},
    rate::Rate,
};

/// What `money` buys of `target`, rounded down.
///
/// # Errors
/// 422 when a currency's minor unit is not known, nothing is left of the amount, or it passes 64 bits.
pub fn exchange(money: Money, target: Currency, rate: Rate) -> Result<Money> {
    let refused = |why: &str| Error::declined("NOT_CONVERTIBLE", format!("{money} cannot become {target}: {why}"));
    let digits = |currency: Currency| currency.exponent().ok_or_else(|| refused("a minor unit is not known"));
    let number = rate.number();
    // Both factors are below 2^63, so the product fits.
    let product = i128::from(money.minor_units) * i128::from(number.significand());
    // Minor units times the rate have the digits of both behind the point; the target wants its own.
    let (behind, wanted) = (digits(money.currency)? + number.scale(), digits(target)?);
    let units = match behind.checked_sub(wanted) {
        Some(surplus) => product.div_euclid(10_i128.pow(surplus)),
        None => product.checked_mul(10_i128.pow(wanted - behind)).ok_or_else(|| refused("it is too much"))?,
    };
    match i64::try_from(units) {
        Ok(units) if units > 0 => Ok(Money::new(units, target)),
        Ok(_) => Err(refused("nothing would be left of it")),
        Err(_) => Err(refused("it is too much")),
    }
}
