//! What becomes of merchants, told by merchant-service. Whether a merchant's papers are in order is a state of the
//! merchant, so it is told here, in the order in which it happened.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{Merchant, MerchantKycStatus, MerchantStatus, merchant_api},
    },
    contract::{
        error::{Error, Result},
        secret::PersonalText,
        timestamp::Timestamp,
    },
};
use serde::{Deserialize, Serialize};

use super::{Kind, Payload, Topic};

/// Where they go.
pub const TOPIC: Topic = Topic { name: "merchant.events", producer: merchant_api::SERVICE };

/// It is there.
pub const REGISTERED: Kind<MerchantPayload> = Kind::new("merchant.registered");
/// It may not do business: it is suspended, or was refused.
pub const FROZEN: Kind<MerchantPayload> = Kind::new("merchant.frozen");
/// It is gone.
pub const DELETED: Kind<MerchantPayload> = Kind::new("merchant.deleted");
/// Its papers are in order.
pub const KYC_APPROVED: Kind<MerchantPayload> = Kind::new("kyc.approved");
/// Its papers are not.
pub const KYC_REJECTED: Kind<MerchantPayload> = Kind::new("kyc.rejected");

/// A merchant after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MerchantPayload {
    /// The merchant, as text: the name under which its events are counted.
    pub merchant_id: String,
    /// Its name.
    pub name: PersonalText,
    /// Where it is written to.
    pub email: PersonalText,
    /// Whether it may do business.
    pub status: MerchantStatus,
    /// What was found about its papers.
    pub kyc_status: MerchantKycStatus,
    /// When it changed.
    pub updated_at: Timestamp,
}

// === impl MerchantPayload ===

impl MerchantPayload {
    /// The id of the merchant.
    ///
    /// # Errors
    /// When it is none.
    pub fn id(&self) -> Result<MerchantId> {
        self.merchant_id.parse().map_err(Error::internal)
    }
}

impl From<&Merchant> for MerchantPayload {
    fn from(merchant: &Merchant) -> Self {
        Self {
            merchant_id: merchant.id.to_string(),
            name: merchant.name.clone(),
            email: merchant.email.clone(),
            status: merchant.status.clone(),
            kyc_status: merchant.kyc_status.clone(),
            updated_at: merchant.updated_at,
        }
    }
}

impl Payload for MerchantPayload {
    const TOPIC: Topic = TOPIC;

    fn aggregate(&self) -> &str {
        &self.merchant_id
    }
}
