//! Rules of single fields. Each refusal names the field and the rule.

use payment_clients::{
    apis::ids::MerchantId,
    contract::{
        error::{Error, Result},
        secret::SecretText,
        timestamp::Timestamp,
    },
};

use crate::kit::days::DAY;
pub use crate::kit::text::optional;

/// Most characters of a name.
pub const LINE: usize = 255;
/// Most characters of an address on the web.
pub const ADDRESS: usize = 2048;
/// Most characters of what somebody explains.
pub const REMARK: usize = 1000;

/// A merchant that is named.
///
/// # Errors
/// When the id is the nil UUID.
pub fn merchant(id: MerchantId) -> Result<()> {
    if id.is_nil() {
        return Err(Error::invalid_input("merchant_id", "must name a merchant; it is the nil UUID"));
    }
    Ok(())
}

/// A word of a list.
///
/// # Errors
/// When it is not on the list; the list is told.
pub fn known(field: &str, word: &str, words: &[&str]) -> Result<()> {
    if words.contains(&word) {
        return Ok(());
    }
    let word: String = word.chars().take(40).collect();
    Err(Error::invalid_input(field, format!("must be one of {}; it is `{word}`", words.join(", "))))
}

/// The number of a document. It stays out of the refusal.
///
/// # Errors
/// When it is too short to be masked, too long, or made of anything else than numbers are.
pub fn number(field: &str, given: &SecretText) -> Result<()> {
    let number = given.expose();
    let plain = number.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b' ' | b'-' | b'/'));
    if plain && (5..=64).contains(&number.len()) {
        return Ok(());
    }
    Err(Error::invalid_input(field, "must have 5 to 64 letters, digits, spaces, hyphens and slashes"))
}

/// A number but for its last four characters.
pub fn masked(number: &str) -> String {
    let hidden = number.chars().count().saturating_sub(4);
    number.chars().enumerate().map(|(index, letter)| if index < hidden { '*' } else { letter }).collect()
}

/// A day that has begun, as the midnight with which it does.
///
/// # Errors
/// When it is none, or lies ahead.
pub fn past_day(field: &str, day: Option<&String>, now: i64) -> Result<Option<Timestamp>> {
    let Some(begins) = midnight(field, day)? else { return Ok(None) };
    if begins.unix_ms() > now {
        return Err(Error::invalid_input(field, format!("is {begins}; that day lies ahead")));
    }
    Ok(Some(begins))
}

/// A last day, as the midnight with which it begins.
///
/// # Errors
/// When it is none, or over.
pub fn last_day(field: &str, day: Option<&String>, now: i64) -> Result<Option<Timestamp>> {
    let Some(begins) = midnight(field, day)? else { return Ok(None) };
    if begins.unix_ms().saturating_add(DAY) <= now {
        return Err(Error::invalid_input(field, format!("is {begins}; that day is over")));
    }
    Ok(Some(begins))
}

fn midnight(field: &str, day: Option<&String>) -> Result<Option<Timestamp>> {
    let Some(day) = day else { return Ok(None) };
    let whole = day.len() == 10 && day.is_ascii();
    let begins = whole.then(|| format!("{day}T00:00:00Z").parse().ok()).flatten();
    begins.map(Some).ok_or_else(|| Error::invalid_input(field, "must be a day such as `2030-01-31`"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{last_day, masked, number, past_day};

    /// 2025-10-24T23:59:59Z, in milliseconds.
    const EVENING: i64 = 1_761_350_399_000;

    #[test]
    fn a_last_day_is_good_to_its_end_and_a_past_one_has_begun() {
        let day = |text: &str| Some(text.to_owned());
        let expected = Some("2025-10-24T00:00:00Z".parse().unwrap());
        assert_eq!(last_day("expiry_date", day("2025-10-24").as_ref(), EVENING).unwrap(), expected);
        assert_eq!(past_day("issue_date", day("2025-10-24").as_ref(), EVENING).unwrap(), expected);
        assert_eq!(last_day("expiry_date", None, EVENING).unwrap(), None);
        for bad in ["2025-10-23", "2025-02-30", "24.10.2025", "2025-10-24T1", ""] {
            assert!(last_day("expiry_date", day(bad).as_ref(), EVENING).is_err(), "{bad}");
        }
        assert!(past_day("issue_date", day("2025-10-25").as_ref(), EVENING).is_err());
    }

    #[test]
    fn a_number_shows_four_characters_and_is_never_in_a_refusal() {
        assert_eq!(masked("X1234567"), "****4567");
        for bad in ["", "1234", "A_B_C", "Ж12345", &"9".repeat(65)] {
            let refused = number("document_number", &bad.into()).unwrap_err();
            assert!(bad.is_empty() || !refused.message().contains(bad), "{refused}");
        }
        assert!(number("document_number", &"X 12-34/5".into()).is_ok());
    }
}
