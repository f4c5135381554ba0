//! Gathers mistakes, so that a declaration is told all of them at once, and finds the word that was meant.

use std::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Adds a mistake, pointing at these tokens of the user.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, text: impl Display) {
        self.push(syn::Error::new_spanned(tokens, text));
    }

    /// Adds a mistake, pointing at a span.
    pub(crate) fn at_span(&mut self, span: Span, text: impl Display) {
        self.push(syn::Error::new(span, text));
    }

    /// Adds a mistake that a parser found.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Keeps the value, or gathers the mistake.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// The value, if nothing was wrong on the way to it.
    pub(crate) fn finish<T>(self, value: T) -> syn::Result<T> {
        match self.0 {
            Some(all) => Err(all),
            None => Ok(value),
        }
    }
}

/// ``did you mean `keyed`?`` when one of the words is near, else the list of them.
pub(crate) fn suggest(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("use one of {}", list(known)),
    }
}

/// The known word that was probably meant: one that begins alike, or differs in a letter or two.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let begun = known.iter().find(|candidate| word.len() > 2 && candidate.starts_with(word));
    let similar = known.iter().map(|candidate| (distance(word, candidate), candidate)).min();
    let near = |(distance, candidate)| (distance <= 1 + word.chars().count() / 4).then_some(candidate);
    begun.or_else(|| similar.and_then(near)).copied()
}

/// `` `a`, `b`, `c` ``.
pub(crate) fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// How many letters have to be typed, dropped, changed or swapped with their neighbour to come from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        let words = ["safe", "idempotent", "keyed", "unsafe"];
        assert_eq!(suggest("keyd", &words), "did you mean `keyed`?");
        assert_eq!(suggest("kyeed", &words), "did you mean `keyed`?");
        assert_eq!(suggest("idem", &words), "did you mean `idempotent`?");
        assert_eq!(suggest("idempotant", &words), "did you mean `idempotent`?");
        assert_eq!(suggest("retryable", &words), "use one of `safe`, `idempotent`, `keyed`, `unsafe`");
    }
}
