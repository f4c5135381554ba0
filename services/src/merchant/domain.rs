//! What merchants, their keys and their terms may be and become, without any store.

pub mod accounts;
pub mod api_keys;
pub mod channels;
pub mod fees;
pub mod fields;
pub mod limits;
pub mod merchants;
pub mod papers;
pub mod terms;
pub mod users;

use payment_clients::contract::error::{Error, Result};

/// The words that a status goes through, and from each the ones that it may go to. What leads nowhere is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// What has this status, for the history and for refusals.
    pub of: &'static str,
    /// Which of its fields that is.
    pub field: &'static str,
    /// From each word to the next ones.
    pub edges: &'static [(&'static str, &'static [&'static str])],
}

impl Lifecycle {
    /// Decides a step: false when there is nothing to do, since a repeat finds what it asks for.
    ///
    /// # Errors
    /// 400 for a word that is none, 409 when there is no way from here to there.
    pub fn step(&self, from: &str, to: &str) -> Result<bool> {
        let words: Vec<_> = self.edges.iter().map(|(word, _)| *word).collect();
        fields::known(self.field, to, &words)?;
        if from == to {
            return Ok(false);
        }
        if self.edges.iter().any(|(word, next)| *word == from && next.contains(&to)) {
            return Ok(true);
        }
        let (of, field) = (self.of.replace('_', " "), self.field);
        Err(Error::conflict("STATUS_INVALID", format!("`{field}` of the {of} is {from} and cannot become {to}")))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use payment_clients::apis::merchant::{
        DocumentStatus, MerchantKycStatus, MerchantStatus, MerchantUserStatus, QualificationStatus,
        SettlementAccountStatus,
    };

    use super::{accounts, merchants, papers, users};

    #[test]
    fn each_lifecycle_has_the_words_of_the_wire_and_leads_to_no_other() {
        for (lifecycle, known) in [
            (merchants::STATUS, MerchantStatus::KNOWN),
            (merchants::KYC, MerchantKycStatus::KNOWN),
            (accounts::VERDICT, SettlementAccountStatus::KNOWN),
            (papers::DOCUMENT, DocumentStatus::KNOWN),
            (papers::LICENCE, QualificationStatus::KNOWN),
            (users::STATUS, MerchantUserStatus::KNOWN),
        ] {
            let words: Vec<_> = lifecycle.edges.iter().map(|(word, _)| *word).collect();
            assert_eq!(words, known, "{}", lifecycle.of);
            assert!(lifecycle.edges.iter().flat_map(|(_, next)| *next).all(|next| known.contains(next)));
        }
    }

    #[test]
    fn every_pair_of_states_is_a_step_a_repeat_or_a_refusal_that_names_both() {
        let all =
            [merchants::STATUS, merchants::KYC, accounts::VERDICT, papers::DOCUMENT, papers::LICENCE, users::STATUS];
        for lifecycle in all {
            for (from, next) in lifecycle.edges {
                for (to, _) in lifecycle.edges {
                    let step = lifecycle.step(from, to);
                    if from == to || next.contains(to) {
                        assert_eq!(step.unwrap(), from != to, "{}: {from} to {to}", lifecycle.of);
                        continue;
                    }
                    let refused = step.unwrap_err();
                    assert_eq!(refused.code(), Some("STATUS_INVALID"));
                    let words = [format!("is {from} "), format!("become {to}")];
                    assert!(words.iter().all(|word| refused.message().contains(word)), "{refused}");
                }
            }
        }
    }

    #[test]
    fn a_step_is_taken_repeated_or_refused_and_never_invented() {
        let status = merchants::STATUS;
        assert!(status.step("pending", "active").unwrap());
        assert!(!status.step("active", "active").unwrap(), "nothing to do");
        assert_eq!(status.step("rejected", "active").unwrap_err().code(), Some("STATUS_INVALID"));
        assert_eq!(status.step("active", "frozen").unwrap_err().code(), Some("INVALID_REQUEST"));
    }
}
