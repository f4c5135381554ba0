//! Texts of requests: what they say, and how long they may be, in characters. A refusal names the field and its rule.

use std::ops::Deref;

use payment_clients::contract::error::{Error, Result};

/// Checks that a text has at most so many characters; it may be absent or empty.
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

/// A text that may be absent, which is kept as an empty one.
///
/// # Errors
/// As [`at_most`].
pub fn optional<T: Clone + Default + Deref<Target = str>>(field: &str, text: Option<&T>, most: usize) -> Result<T> {
    at_most(field, text.map(Deref::deref), most).map(|()| text.cloned().unwrap_or_default())
}

/// What a text says, unless it is absent or empty, which is what forms send for nothing.
pub fn given<T: Clone + Deref<Target = str>>(text: Option<&T>) -> Option<T> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// Checks several texts, each with its limit.
///
/// # Errors
/// As [`at_most`], of the first that passes its limit.
pub fn all_at_most<'a>(texts: impl IntoIterator<Item = (&'a str, Option<&'a str>, usize)>) -> Result<()> {
    texts.into_iter().try_for_each(|(field, text, most)| at_most(field, text, most))
}

/// Checks that a text is there, and not longer than its column is meant for.
///
/// # Errors
/// The rule, with the name of the field.
pub fn length(field: &str, text: &str, most: usize) -> Result<()> {
    let count = text.chars().count();
    if (1..=most).contains(&count) {
        return Ok(());
    }
    Err(Error::invalid_input(field, format!("must have 1 to {most} characters; it has {count}")))
}

/// Checks that a text says something, in at most so many characters.
///
/// # Errors
/// When it is empty, blank or longer.
pub fn required(field: &str, text: &str, most: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid_input(field, "must not be empty"));
    }
    at_most(field, Some(text), most)
}

/// Checks that a text has so many characters; blanks around it do not count towards the least.
///
/// # Errors
/// The rule, with the name of the field.
pub fn between(field: &str, text: &str, least: usize, most: usize) -> Result<()> {
    let length = text.trim().chars().count();
    if length < least || text.chars().count() > most {
        let rule = format!("must have {least} to {most} characters; it has {length}");
        return Err(Error::invalid_input(field, rule));
    }
    Ok(())
}
