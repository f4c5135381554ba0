//! What papers, levels and standings may be and become, without any store.

pub mod alerts;
pub mod documents;
pub mod fields;
pub mod levels;
pub mod qualifications;
pub mod reviews;
pub mod standings;
pub mod verifications;

use payment_clients::contract::error::{Error, Result};

/// The words that a status goes through, and from each the ones that it may go to. What leads nowhere is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// What has this status, for the history and for refusals.
    pub of: &'static str,
    /// From each word to the next ones; the first word is the one that it begins with.
    pub edges: &'static [(&'static str, &'static [&'static str])],
}

impl Lifecycle {
    /// The word that it begins with.
    pub const fn first(&self) -> &'static str {
        self.edges[0].0
    }

    /// Whether there is such a step.
    pub fn allows(&self, from: &str, to: &str) -> bool {
        self.edges.iter().any(|(word, next)| *word == from && next.contains(&to))
    }

    /// Decides a step: false when there is nothing to do, since a repeat finds what it asks for.
    ///
    /// # Errors
    /// 409 when there is no way from here to there.
    pub fn step(&self, from: &str, to: &str) -> Result<bool> {
        if from == to || self.allows(from, to) {
            return Ok(from != to);
        }
        Err(Error::conflict("INVALID_STATUS", format!("the {} is {from} and cannot become {to}", self.of)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use payment_clients::apis::{
        kyc::{AlertStatus, KycLevel, KycStatus},
        merchant::MerchantKycStatus,
    };

    use super::{Lifecycle, alerts, documents, levels, qualifications, standings};

    const ALL: [(Lifecycle, &[&str]); 5] = [
        (documents::LIFECYCLE, KycStatus::KNOWN),
        (qualifications::LIFECYCLE, KycStatus::KNOWN),
        (levels::LIFECYCLE, KycLevel::KNOWN),
        (standings::LIFECYCLE, MerchantKycStatus::KNOWN),
        (alerts::LIFECYCLE, AlertStatus::KNOWN),
    ];

    #[test]
    fn each_lifecycle_speaks_in_words_of_the_wire() {
        for (lifecycle, known) in ALL {
            for (word, next) in lifecycle.edges {
                assert!(known.contains(word) && next.iter().all(|next| known.contains(next)), "{}", lifecycle.of);
            }
        }
    }

    #[test]
    fn a_step_is_taken_repeated_or_refused_with_both_of_its_words() {
        for (lifecycle, _) in ALL {
            for (from, next) in lifecycle.edges {
                for (to, _) in lifecycle.edges {
                    let step = lifecycle.step(from, to);
                    if from == to || next.contains(to) {
                        assert_eq!(step.unwrap(), from != to, "{}: {from} to {to}", lifecycle.of);
                        continue;
                    }
                    let refused = step.unwrap_err();
                    assert_eq!(refused.code(), Some("INVALID_STATUS"));
                    assert!(refused.message().contains(&format!("is {from} and cannot become {to}")), "{refused}");
                }
            }
        }
    }
}
