//! Which currencies the platform can count in: those whose smallest unit it knows.

use payment_clients::contract::{
    error::{Error, Result},
    money::Currency,
};

/// Checks that a currency is one of the platform's.
///
/// # Errors
/// The rule, with the name of the field.
pub fn known(field: &str, currency: Currency) -> Result<()> {
    if currency.exponent().is_some() {
        return Ok(());
    }
    let rule = format!("must be a currency of the platform; `{currency}` is none");
    Err(Error::invalid_input(field, rule).with_code("INVALID_CURRENCY"))
}
