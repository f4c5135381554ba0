//! Rules of single fields. Each refusal names the field and the rule.

use std::ops::Deref;

use payment_clients::{
    apis::{notification::EventType, words::JsonObject},
    contract::{
        error::{Error, Result},
        secret::PersonalText,
    },
};
use serde::de::DeserializeOwned;

use crate::kit::text;

/// Most characters of a name, a subject, an address.
pub const LINE: usize = 255;
/// Most characters of a message.
pub const MESSAGE: usize = 64 * 1024;
/// Most characters of an SMS: ten parts.
pub const SMS: usize = 1530;
/// Most addresses of one e-mail.
const MOST_ADDRESSES: usize = 50;
/// Most characters of a text that carries JSON.
const JSON: usize = 16 * 1024;

/// A text of 1 to `most` characters.
///
/// # Errors
/// When it is empty, blank or longer.
pub fn required(field: &str, text: &str, most: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid_input(field, "must not be empty"));
    }
    at_most(field, text, most)
}

/// A text of up to `most` characters.
///
/// # Errors
/// When it is longer, or holds the character U+0000.
pub fn at_most(field: &str, text: &str, most: usize) -> Result<()> {
    text::at_most(field, Some(text), most)?;
    if text.contains('\0') {
        return Err(Error::invalid_input(field, "must not contain the character U+0000"));
    }
    Ok(())
}

/// A text of one line.
///
/// # Errors
/// When it has more lines, none, or too many characters.
pub fn line(field: &str, text: &str) -> Result<()> {
    required(field, text, LINE)?;
    line_or_none(field, text)
}

/// A text of one line, or an empty one.
///
/// # Errors
/// When it has more lines, or too many characters.
pub fn line_or_none(field: &str, text: &str) -> Result<()> {
    at_most(field, text, LINE)?;
    if text.chars().any(char::is_control) {
        return Err(Error::invalid_input(field, "must be one line"));
    }
    Ok(())
}

/// A word of a list.
///
/// # Errors
/// When it is absent or not on the list; the list is told.
pub fn known(field: &str, word: Option<&str>, words: &[&str]) -> Result<()> {
    match word {
        Some(word) if words.contains(&word) => Ok(()),
        Some(word) => {
            let word: String = word.chars().take(40).collect();
            Err(Error::invalid_input(field, format!("must be one of {words:?}; it is `{word}`")))
        }
        None => Err(Error::invalid_input(field, format!("is missing; it must be one of {words:?}"))),
    }
}

/// The name of an event: lower-case words joined by dots. Others than those of the platform may be delivered, too.
///
/// # Errors
/// When it is none.
pub fn event(field: &str, event: &EventType) -> Result<()> {
    let text = event.as_str();
    at_most(field, text, 100)?;
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    if text.split('.').all(word) {
        return Ok(());
    }
    Err(Error::invalid_input(field, "must be words in lower case joined by dots, such as `payment.success`"))
}

/// E-mail addresses, joined as they are kept.
///
/// # Errors
/// When there is none, or one is no address.
pub fn addresses(field: &str, addresses: &[PersonalText]) -> Result<PersonalText> {
    if addresses.is_empty() || addresses.len() > MOST_ADDRESSES {
        let rule = format!("must hold 1 to {MOST_ADDRESSES} addresses; it holds {}", addresses.len());
        return Err(Error::invalid_input(field, rule));
    }
    addresses.iter().try_for_each(|one| address(field, one))?;
    Ok(addresses.iter().map(Deref::deref).collect::<Vec<_>>().join(",").into())
}

fn address(field: &str, address: &str) -> Result<()> {
    let parts = address.split_once('@');
    let is_whole = parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    let is_odd = |character: char| character.is_whitespace() || character.is_control() || ",;<>\"".contains(character);
    if !is_whole || address.chars().any(is_odd) || address.chars().count() > 254 {
        return Err(Error::invalid_input(field, "must hold e-mail addresses, such as `ada@example.com`"));
    }
    Ok(())
}

/// A telephone number: digits, maybe behind a plus.
///
/// # Errors
/// When it is none.
pub fn telephone(field: &str, number: &str) -> Result<()> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    if (5..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(Error::invalid_input(field, "must be a telephone number of 5 to 20 digits, such as `+4930123456`"))
}

/// How urgent a message is; 0 when absent.
///
/// # Errors
/// When it is not 0 to 9.
pub fn priority(priority: Option<i32>) -> Result<i32> {
    match priority.unwrap_or(0) {
        priority @ 0..=9 => Ok(priority),
        other => Err(Error::invalid_input("priority", format!("must be 0 to 9; it is {other}"))),
    }
}

/// A whole number in bounds, or what it is when absent.
///
/// # Errors
/// When it is out of them.
pub fn within(field: &str, given: Option<i32>, absent: i32, bounds: std::ops::RangeInclusive<i32>) -> Result<i32> {
    let number = given.unwrap_or(absent);
    if bounds.contains(&number) {
        return Ok(number);
    }
    Err(Error::invalid_input(field, format!("must be {} to {}; it is {number}", bounds.start(), bounds.end())))
}

/// A text that may be absent, and carries JSON of this type where it is not.
///
/// # Errors
/// When it carries something else, or is too long.
pub fn json<T: DeserializeOwned>(field: &str, text: Option<&str>, what: &str) -> Result<String> {
    let text = text.unwrap_or_default();
    at_most(field, text, JSON)?;
    if !text.is_empty() && serde_json::from_str::<T>(text).is_err() {
        return Err(Error::invalid_input(field, format!("must be JSON text of {what}")));
    }
    Ok(text.to_owned())
}

/// A text that may be absent.
///
/// # Errors
/// When it is too long.
pub fn optional(field: &str, text: Option<&String>, most: usize) -> Result<String> {
    let text = text.map(String::as_str).unwrap_or_default();
    at_most(field, text, most).map(|()| text.to_owned())
}

/// Data as it is kept: JSON text.
///
/// # Errors
/// When it is too long.
pub fn data(field: &str, data: Option<&JsonObject>) -> Result<String> {
    let text = serde_json::to_string(&data).map_err(Error::internal)?;
    at_most(field, &text, MESSAGE).map(|()| text)
}

#[cfg(test)]
mod tests {
    use super::{EventType, addresses, event, telephone};

    #[test]
    fn addresses_numbers_and_events_are_what_they_are_said_to_be() {
        assert_eq!(addresses("to", &["a@x.com".into(), "b@y.org".into()]).ok().as_deref(), Some("a@x.com,b@y.org"));
        for bad in ["", "a", "a@b", "a@x.com,b@y.com", "a@x.com\r\nBcc: c@z.com", "a@@x.com"] {
            assert!(addresses("to", &[bad.into()]).is_err(), "{bad:?}");
        }
        for (number, fits) in [("+4930123456", true), ("12345", true), ("", false), ("+", false), ("12 34 56", false)] {
            assert_eq!(telephone("to", number).is_ok(), fits, "{number:?}");
        }
        for (name, fits) in [("payment.success", true), ("a", true), ("", false), ("a..b", false), ("A.b", false)] {
            assert_eq!(event("event_type", &EventType::from(name)).is_ok(), fits, "{name:?}");
        }
    }
}
