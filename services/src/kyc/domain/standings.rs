//! How a merchant stands as a whole, in the words of merchant-service: verified once it is known who stands behind it,
//! rejected when nothing is left that could show it.

use payment_clients::apis::{
    kyc::{KycLevel, KycStatus},
    merchant::MerchantKycStatus,
};

use super::{Lifecycle, levels};

/// How a merchant may come to stand; each step is one that merchant-service knows.
pub const LIFECYCLE: Lifecycle = Lifecycle {
    of: "merchant",
    edges: &[("pending", &["verified", "rejected"]), ("verified", &[]), ("rejected", &["pending"])],
};

/// How a merchant stands after one of its papers has become `to`: on this level, with so many papers that wait.
pub fn after(
    standing: &MerchantKycStatus,
    to: &KycStatus,
    level: Option<&KycLevel>,
    waiting: i64,
) -> MerchantKycStatus {
    use MerchantKycStatus::{Pending, Rejected, Verified};
    match (standing, to) {
        (Rejected, KycStatus::Pending) => Pending,
        (Pending, KycStatus::Approved) if level.is_some_and(levels::is_identified) => Verified,
        (Pending, KycStatus::Rejected) if waiting == 0 => Rejected,
        _ => standing.clone(),
    }
}

#[cfg(test)]
mod tests {
    use MerchantKycStatus::{Pending, Rejected, Verified};

    use super::*;

    #[test]
    fn a_merchant_is_verified_once_it_is_known_who_stands_behind_it() {
        for (level, standing) in [(KycLevel::Basic, Pending), (KycLevel::Intermediate, Verified)] {
            assert_eq!(after(&Pending, &KycStatus::Approved, Some(&level), 0), standing);
        }
        assert_eq!(after(&Pending, &KycStatus::Approved, Some(&KycLevel::Enterprise), 3), Verified);
    }

    #[test]
    fn a_merchant_is_rejected_with_its_last_paper_and_comes_back_with_another() {
        assert_eq!(after(&Pending, &KycStatus::Rejected, None, 1), Pending);
        assert_eq!(after(&Pending, &KycStatus::Rejected, None, 0), Rejected);
        assert_eq!(after(&Rejected, &KycStatus::Pending, None, 1), Pending);
        assert_eq!(after(&Verified, &KycStatus::Rejected, Some(&KycLevel::Intermediate), 0), Verified);
    }
}
