//! The only texts that a story can hold. A fact of a story is a word of ours, a number, or a [`Shown`], and a [`Shown`] is made
//! of a foreign text by masking what could be personal or secret. What is no name of ours and cannot be masked, such as
//! somebody's name, is not read at all.

use std::fmt;

use payment_clients::contract::{money::Money, timestamp::Timestamp};
use serde::Serialize;

/// Longest free text, in characters.
const LONGEST: usize = 240;
/// Longest name.
const LONGEST_ID: usize = 128;
/// What stands for something that is not shown.
const HIDDEN: &str = "(hidden)";

/// A text that may be shown to anybody who may see the payment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Shown(String);

// === impl Shown ===

impl Shown {
    /// A name that a machine gave: letters, digits and `-_.:/=#`. Anything else, and what could be the number of a card, is
    /// hidden.
    pub fn id(text: &str) -> Self {
        let of_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.:/=#".contains(letter);
        let is_name = text.len() <= LONGEST_ID && text.chars().all(of_name) && !is_card(text);
        Self(if is_name { text.to_owned() } else { HIDDEN.to_owned() })
    }

    /// A free text: words that could be an e-mail address, a URL beyond its host, the number of a card, of a phone or of an
    /// account, or a key are hidden, and it ends where it becomes long.
    pub fn said(text: &str) -> Self {
        let mut shown = String::new();
        for (count, word) in text.split_whitespace().enumerate() {
            if count > 0 {
                shown.push(' ');
            }
            shown.push_str(&word_of(word));
        }
        // A terminal obeys what it cannot show.
        let shown = without_spaced_numbers(&shown).replace(char::is_control, "\u{fffd}");
        match shown.char_indices().nth(LONGEST) {
            Some((end, _)) => Self(format!("{}…", &shown[..end])),
            None => Self(shown),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when there is nothing to be shown.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Shown {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<Money> for Shown {
    fn from(money: Money) -> Self {
        Self(money.to_string())
    }
}

impl From<Timestamp> for Shown {
    fn from(at: Timestamp) -> Self {
        Self(at.to_string())
    }
}

/// A word of ours.
impl From<&'static str> for Shown {
    fn from(word: &'static str) -> Self {
        Self(word.to_owned())
    }
}

/// A word of a free text, as it may be shown.
fn word_of(word: &str) -> String {
    if let Some((scheme, rest)) = word.split_once("://") {
        // Neither who logs in, nor what is asked for there.
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        return format!("{scheme}://{host}/…");
    }
    let is_email = word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if is_email || is_number(word) || is_key(word) { HIDDEN.to_owned() } else { word.to_owned() }
}

/// Digits that could be the number of a card, a phone or an account.
fn is_number(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let beside = word.chars().filter(|letter| !letter.is_ascii_digit()).all(|letter| "+-()./,:;'\"".contains(letter));
    let is_long = digits >= 9 || (word.contains('+') && digits >= 7);
    (is_long && beside) || is_card(word)
}

/// A long word of letters and digits that no word of a language is, and that does not begin as our names do.
fn is_key(word: &str) -> bool {
    const OURS: [&str; 7] = ["PY", "OD", "RF", "SG", "ST", "WD", "LATE-PY"];
    let word = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let bare = word.rsplit(['=', ':']).next().unwrap_or(word);
    let has = |kind: fn(&u8) -> bool| bare.bytes().any(|byte| kind(&byte));
    let is_uuid = bare.len() == 36 && bare.bytes().filter(|byte| *byte == b'-').count() == 4;
    let is_ours = is_uuid || OURS.iter().any(|ours| bare.strip_prefix(ours).is_some_and(|rest| rest.starts_with("20")));
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    (bare.len() >= 20 && is_mixed && !is_ours) || word.contains("_live_") || word.contains("_test_")
}

/// Hides digits that only spaces keep apart, such as `4242 4242 4242 4242`.
fn without_spaced_numbers(text: &str) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    let is_part = |word: &&str| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let mut at = 0;
    while at < words.len() {
        let parts = words[at..].iter().take_while(|word| is_part(word)).count();
        let digits: usize = words[at..at + parts].iter().map(|word| word.len()).sum();
        if parts > 1 && digits >= 9 {
            words.splice(at..at + parts, [HIDDEN]);
        }
        at += parts.max(1);
    }
    words.join(" ")
}

/// Thirteen to nineteen digits that begin as cards do and whose check digit is right.
fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|letter| letter.to_digit(10)).collect();
    let beside = text.chars().filter(|letter| !letter.is_ascii_digit()).all(|letter| "- .,".contains(letter));
    if !beside || !(13..=19).contains(&digits.len()) || !(2..=6).contains(&digits[0]) {
        return false;
    }
    let luhn = digits.iter().rev().enumerate().map(|(at, digit)| match at % 2 {
        1 if digit * 2 > 9 => digit * 2 - 9,
        1 => digit * 2,
        _ => *digit,
    });
    luhn.sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests;
