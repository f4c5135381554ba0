//! What stands in an attribute's parentheses: `word` and `name = literal`, separated by commas.

use std::time::Duration;

use syn::{
    Attribute, Ident, Lit, LitStr, Meta, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

use crate::{
    errors::{Errors, suggest},
    model::{Envelope, Tier, Word},
};

/// `word` or `name = literal`. Keywords are words too: `unsafe`, `crate`.
pub(crate) struct Setting {
    pub(crate) name: Ident,
    pub(crate) value: Option<Lit>,
}

/// Any number of them.
pub(crate) type Settings = Punctuated<Setting, Token![,]>;

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Self { name, value })
    }
}

impl Setting {
    /// Says that a bare word was given a value.
    pub(crate) fn no_value(&self, errors: &mut Errors) {
        if let Some(value) = &self.value {
            errors.at(value, format!("`{}` is a word of its own: remove `= …`", self.name));
        }
    }

    /// The text on the right-hand side.
    pub(crate) fn text(&self, errors: &mut Errors, example: &str) -> Option<LitStr> {
        match &self.value {
            Some(Lit::Str(text)) => return Some(text.clone()),
            Some(other) => errors.at(other, format!("`{}` takes a text: write `{0} = \"{example}\"`", self.name)),
            None => errors.at(&self.name, format!("`{}` takes a text: write `{0} = \"{example}\"`", self.name)),
        }
        None
    }

    /// Puts the value into its slot, which must be free.
    pub(crate) fn put<T>(&self, errors: &mut Errors, slot: &mut Option<T>, value: Option<T>) {
        if slot.is_some() {
            errors.at(&self.name, format!("`{}` is given twice: remove one", self.name));
        } else {
            *slot = value;
        }
    }

    /// A tier: `tier = "critical"`.
    pub(crate) fn tier(&self, errors: &mut Errors) -> Option<Word<Tier>> {
        self.word(errors, "tier", &Tier::WORDS, Tier::of)
    }

    /// An envelope: `envelope = "bare"`.
    pub(crate) fn envelope(&self, errors: &mut Errors) -> Option<Word<Envelope>> {
        self.word(errors, "envelope", &Envelope::WORDS, Envelope::of)
    }

    /// A duration: `timeout = "800ms"`.
    pub(crate) fn duration(&self, errors: &mut Errors) -> Option<Word<Duration>> {
        let text = self.text(errors, "800ms")?;
        match duration(&text.value()) {
            Ok(value) => Some(Word { value, span: text.span() }),
            Err(why) => {
                errors.at(&text, why);
                None
            }
        }
    }

    fn word<T>(
        &self,
        errors: &mut Errors,
        what: &str,
        known: &[&str],
        of: impl Fn(&str) -> Option<T>,
    ) -> Option<Word<T>> {
        let text = self.text(errors, known.first()?)?;
        let value = of(&text.value());
        if value.is_none() {
            errors.at(&text, format!("`{}` is no {what}: {}", text.value(), suggest(&text.value(), known)));
        }
        value.map(|value| Word { value, span: text.span() })
    }
}

/// The text of an attribute that takes one or none: `#[query]`, `#[query("page")]`.
pub(crate) fn one_text(attribute: &Attribute) -> syn::Result<Option<LitStr>> {
    match &attribute.meta {
        Meta::Path(_) => Ok(None),
        _ => attribute.parse_args().map(Some),
    }
}

/// Reads `800ms`, `5s` or `2m`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        _ => None,
    };
    let number = number.parse::<u64>().ok();
    match number.zip(milliseconds).and_then(|(number, unit)| number.checked_mul(unit)) {
        Some(0) => Err("a duration of zero leaves no time for anything: write at least \"1ms\"".to_owned()),
        Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
        None => {
            Err(format!("`{text}` is no duration: write a whole number and a unit, as \"800ms\", \"5s\" or \"2m\""))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, milliseconds) in [("800ms", 800), ("5s", 5_000), ("2m", 120_000), ("1ms", 1)] {
            assert_eq!(duration(text).unwrap(), Duration::from_millis(milliseconds), "{text}");
        }
        for text in
            ["", "5", "s", "5 s", "5h", "-5s", "1.5s", "0ms", "5S", "99999999999999999999s", "999999999999999999m"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
