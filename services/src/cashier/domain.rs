//! Pages, sessions and their payments as rules, without any store or network.

pub mod figures;
pub mod pages;
pub mod payments;
pub mod sessions;

use payment_clients::contract::error::{Error, Result};

/// A word of a list.
///
/// # Errors
/// When it is not on the list; the list is told.
fn known(field: &str, word: &str, words: &[&str]) -> Result<()> {
    if words.contains(&word) {
        return Ok(());
    }
    let word: String = word.chars().take(40).collect();
    Err(Error::invalid_input(field, format!("must be one of {words:?}; it is `{word}`")))
}

/// A list with so many elements at most, each with so many characters at most.
///
/// # Errors
/// When it has more.
fn list<'a>(field: &str, given: impl Iterator<Item = &'a str>, characters: usize) -> Result<()> {
    const MOST: usize = 50;
    for (place, text) in given.enumerate() {
        if place == MOST {
            return Err(Error::invalid_input(field, format!("may have at most {MOST} elements")));
        }
        crate::kit::text::at_most(field, Some(text), characters)?;
    }
    Ok(())
}
