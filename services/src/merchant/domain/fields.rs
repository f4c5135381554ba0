//! Rules of single fields. Each refusal names the field and the rule.

use payment_clients::contract::{
    error::{Error, Result},
    money::Currency,
    secret::PersonalText,
};
use serde_json::Value;

use crate::kit::text;
pub use crate::kit::text::optional;

/// Largest amount, in minor units: far above any real one, far below what sums could overflow.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// Most characters of a name or an address.
pub const LINE: usize = 255;

/// Most characters of a text that carries JSON.
const JSON: usize = 4096;

/// A word of a list.
///
/// # Errors
/// When it is not on the list; the list is told.
pub fn known(field: &str, word: &str, words: &[&str]) -> Result<()> {
    if words.contains(&word) {
        return Ok(());
    }
    let word: String = word.chars().take(40).collect();
    Err(Error::invalid_input(field, format!("must be one of {words:?}; it is `{word}`")))
}

/// An e-mail address, as it is kept: two spellings of one address are one.
///
/// # Errors
/// When it is none.
pub fn email(field: &str, address: &str) -> Result<PersonalText> {
    let address = address.trim();
    let whole = address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if !whole || address.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err(Error::invalid_input(field, "must be an e-mail address"));
    }
    text::at_most(field, Some(address), 254).map(|()| address.to_lowercase().into())
}

/// A currency that the platform has amounts of; USD when absent.
///
/// # Errors
/// When the platform has none.
pub fn currency(given: Option<Currency>) -> Result<Currency> {
    let currency = given.unwrap_or(Currency::USD);
    if currency.exponent().is_some() {
        return Ok(currency);
    }
    let rule = format!("must be a currency of the platform; `{currency}` is none");
    Err(Error::invalid_input("currency", rule).with_code("INVALID_CURRENCY"))
}

/// An amount in minor units, 0 when absent.
///
/// # Errors
/// When it is negative or above [`MAX_AMOUNT`].
pub fn amount(field: &str, given: Option<i64>) -> Result<i64> {
    let amount = given.unwrap_or(0);
    if (0..=MAX_AMOUNT).contains(&amount) {
        return Ok(amount);
    }
    Err(Error::invalid_input(field, format!("is {amount}; it must be 0 to {MAX_AMOUNT} minor units")))
}

/// A text that carries a JSON object.
///
/// # Errors
/// When it carries something else, or is longer than 4096 characters.
pub fn json_object(field: &str, text: &str) -> Result<()> {
    json(field, text, Value::is_object, "an object")
}

/// A text that carries a JSON list of texts.
///
/// # Errors
/// As [`json_object`].
pub fn json_list(field: &str, text: &str) -> Result<()> {
    let texts = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
    json(field, text, texts, "a list of texts")
}

fn json(field: &str, text: &str, fits: impl Fn(&Value) -> bool, what: &str) -> Result<()> {
    text::at_most(field, Some(text), JSON)?;
    if serde_json::from_str(text).is_ok_and(|value| fits(&value)) {
        return Ok(());
    }
    Err(Error::invalid_input(field, format!("must be JSON text of {what}")))
}

#[cfg(test)]
mod tests {
    use super::{email, json_list, json_object};

    #[test]
    fn one_address_has_one_spelling() {
        assert_eq!(email("email", " Ada@Example.COM ").ok().as_deref(), Some("ada@example.com"));
        for bad in ["", "ada", "@example.com", "ada@", "ada@host", "a da@example.com", "ada@exam\nple.com"] {
            assert!(email("email", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn json_text_is_what_it_is_said_to_be() {
        assert!(json_object("metadata", "{}").is_ok() && json_object("metadata", "[]").is_err());
        assert!(json_list("permissions", r#"["pay"]"#).is_ok() && json_list("permissions", "[1]").is_err());
        assert!(json_object("metadata", "").is_err());
    }
}
