//! `--mutate`: a mistake that is made on purpose, or the list of them; and what to do where the program makes none.

use std::str::FromStr;

#[cfg(feature = "mutants")]
use payment_clients::contract::error::{Error, Result};

#[cfg(feature = "mutants")]
use crate::mutants::Mutant;

/// What `--mutate` asks for.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "mutants"), allow(dead_code, reason = "a program that makes none parses none"))]
pub(super) enum Mistake {
    /// Which there are.
    List,
    /// This one.
    #[cfg(feature = "mutants")]
    Make(Mutant),
}

impl FromStr for Mistake {
    type Err = String;

    #[cfg(feature = "mutants")]
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "list" { Ok(Self::List) } else { text.parse().map(Self::Make) }
    }

    #[cfg(not(feature = "mutants"))]
    fn from_str(_: &str) -> Result<Self, String> {
        let command = "cargo run --release --package payment-services --features mutants -- demo --day --mutate list";
        Err(format!("this program was built without mistakes; build one that can make them: {command}"))
    }
}

/// All mistakes, each with the invariant that finds it.
#[cfg(feature = "mutants")]
pub(super) fn list() -> String {
    let lines = Mutant::ALL.map(|(name, mutant)| format!("{name:22} {}", mutant.breaks()));
    lines.join("\n")
}

/// The mistake that a run shall make.
///
/// # Errors
/// When the list is asked for instead.
#[cfg(feature = "mutants")]
pub(super) fn made(asked: Option<Mistake>) -> Result<Option<Mutant>> {
    match asked {
        Some(Mistake::List) => {
            Err(Error::configuration("`--mutate list` is for `payments demo`; here, name a mistake"))
        }
        Some(Mistake::Make(mutant)) => Ok(Some(mutant)),
        None => Ok(None),
    }
}
