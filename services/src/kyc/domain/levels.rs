//! Levels: what must be approved for each, and how much a merchant may move on it.

use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{KycDocumentType, KycLevel, MerchantEligibility, MerchantKycLevel, MerchantKycLevelId},
    },
    contract::timestamp::Timestamp,
};

use super::Lifecycle;
use crate::kit::days::DAY;

/// How a level rises. It never falls by itself.
pub const LIFECYCLE: Lifecycle = Lifecycle {
    of: "level",
    edges: &[
        ("basic", &["intermediate", "advanced", "enterprise"]),
        ("intermediate", &["advanced", "enterprise"]),
        ("advanced", &["enterprise"]),
        ("enterprise", &[]),
    ],
};

/// When a level is looked at again.
pub const YEAR: i64 = 365 * DAY;

/// The wire's time of what has not happened: 0001-01-01T00:00:00Z.
const NEVER: i64 = -62_135_596_800_000;

/// What is approved of a merchant's papers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    /// Kinds of documents.
    pub documents: Vec<KycDocumentType>,
    /// The company's qualification.
    pub company: bool,
}

impl Proofs {
    fn identity(&self) -> bool {
        self.documents.iter().any(|kind| matches!(kind, KycDocumentType::IdCard | KycDocumentType::Passport))
    }

    fn licence(&self) -> bool {
        self.documents.contains(&KycDocumentType::BusinessLicense)
    }

    /// The level that they are worth, in whatever order they were approved.
    pub fn level(&self) -> KycLevel {
        match (self.company, self.identity(), self.licence()) {
            (true, ..) => KycLevel::Enterprise,
            (false, true, true) => KycLevel::Advanced,
            (false, true, false) => KycLevel::Intermediate,
            (false, false, _) => KycLevel::Basic,
        }
    }
}

/// Whether it is known who stands behind a merchant on this level.
pub fn is_identified(level: &KycLevel) -> bool {
    matches!(level, KycLevel::Intermediate | KycLevel::Advanced | KycLevel::Enterprise)
}

/// Limits of one transaction, a day and a month, in minor units.
pub const fn limits(level: &KycLevel) -> [i64; 3] {
    match level {
        KycLevel::Basic => [1_000_000, 5_000_000, 100_000_000],
        KycLevel::Intermediate => [10_000_000, 50_000_000, 1_000_000_000],
        KycLevel::Advanced => [100_000_000, 500_000_000, 10_000_000_000],
        KycLevel::Enterprise => [1_000_000_000, 5_000_000_000, 100_000_000_000],
        KycLevel::Other(_) => [0; 3],
    }
}

/// The level of a merchant of whom nothing is approved: basic, and nothing may be moved.
pub fn unknown(merchant_id: MerchantId) -> MerchantKycLevel {
    let never = Timestamp::from_unix_ms(NEVER);
    MerchantKycLevel {
        id: MerchantKycLevelId::default(),
        merchant_id,
        current_level: KycLevel::Basic,
        approved_level: "".into(),
        has_basic: false,
        has_intermediate: false,
        has_advanced: false,
        has_enterprise: false,
        basic_approved_at: None,
        intermediate_approved_at: None,
        advanced_approved_at: None,
        enterprise_approved_at: None,
        transaction_limit: 0,
        daily_limit: 0,
        monthly_limit: 0,
        next_review_date: None,
        created_at: never,
        updated_at: never,
    }
}

/// Whether a merchant may go to the next level, and what it lacks.
pub fn eligibility(level: &MerchantKycLevel, proofs: &Proofs) -> MerchantEligibility {
    let (next, missing) = match level.current_level {
        KycLevel::Basic => (Some(KycLevel::Intermediate), (!proofs.identity()).then_some("identity card or passport")),
        KycLevel::Intermediate => (Some(KycLevel::Advanced), (!proofs.licence()).then_some("business licence")),
        KycLevel::Advanced => (Some(KycLevel::Enterprise), (!proofs.company).then_some("qualification of the company")),
        KycLevel::Enterprise | KycLevel::Other(_) => (None, None),
    };
    MerchantEligibility {
        current_level: level.current_level.clone(),
        can_upgrade_to_level: next.filter(|_| missing.is_none()).unwrap_or_else(|| "".into()),
        missing_documents: missing.into_iter().map(str::to_owned).collect(),
        transaction_limit: level.transaction_limit,
    }
}

#[cfg(test)]
mod tests {
    use KycDocumentType::{BankStatement, BusinessLicense, IdCard, Passport};

    use super::*;

    fn proofs(documents: &[KycDocumentType], company: bool) -> Proofs {
        Proofs { documents: documents.to_vec(), company }
    }

    #[test]
    fn what_is_approved_is_worth_a_level_in_whatever_order() {
        let worth: [(&[KycDocumentType], bool, KycLevel); 8] = [
            (&[], false, KycLevel::Basic),
            (&[BankStatement], false, KycLevel::Basic),
            (&[BusinessLicense], false, KycLevel::Basic),
            (&[IdCard], false, KycLevel::Intermediate),
            (&[Passport], false, KycLevel::Intermediate),
            (&[BusinessLicense, Passport], false, KycLevel::Advanced),
            (&[Passport, BusinessLicense], false, KycLevel::Advanced),
            (&[], true, KycLevel::Enterprise),
        ];
        for (documents, company, level) in worth {
            assert_eq!(proofs(documents, company).level(), level, "{documents:?}, {company}");
        }
    }

    #[test]
    fn limits_rise_with_the_level() {
        let levels = [KycLevel::Basic, KycLevel::Intermediate, KycLevel::Advanced, KycLevel::Enterprise];
        for pair in levels.windows(2) {
            assert!(limits(&pair[0]).iter().zip(limits(&pair[1])).all(|(lower, higher)| *lower < higher), "{pair:?}");
        }
    }

    #[test]
    fn what_is_missing_for_the_next_level_is_named() {
        let known = |level| MerchantKycLevel { current_level: level, ..unknown(MerchantId::from_u128(7)) };
        let missing = |level, proofs: &Proofs| eligibility(&known(level), proofs).missing_documents;
        assert_eq!(missing(KycLevel::Basic, &proofs(&[BusinessLicense], false)), ["identity card or passport"]);
        assert_eq!(missing(KycLevel::Intermediate, &proofs(&[Passport], false)), ["business licence"]);
        assert_eq!(missing(KycLevel::Advanced, &Proofs::default()), ["qualification of the company"]);
        let top = eligibility(&known(KycLevel::Enterprise), &Proofs::default());
        assert_eq!((top.can_upgrade_to_level.as_str(), top.missing_documents.len()), ("", 0));
    }
}
