//! Texts that may be absent or empty: what is stored has a limit, in characters, and passing it names field and limit.

use payment_clients::contract::error::{Error, Result};

/// Checks that a text has at most so many characters.
///
/// # Errors
/// The rule, with the name of the field.
pub fn at_most(field: &str, text: Option<&str>, most: usize) -> Result<()> {
    let count = text.map_or(0, |text| text.chars().count());
    if count <= most {
        return Ok(());
    }
    Err(Error::invalid_input(field, format!("may have at most {most} characters; it has {count}")))
}

/// Checks several texts, each with its limit.
///
/// # Errors
/// As [`at_most`], of the first that passes its limit.
pub fn all_at_most<'a>(texts: impl IntoIterator<Item = (&'a str, Option<&'a str>, usize)>) -> Result<()> {
    texts.into_iter().try_for_each(|(field, text, most)| at_most(field, text, most))
}
