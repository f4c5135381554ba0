//! Figures about what is submitted and reviewed.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{apis::ids::MerchantId, contract::error::Result};

/// Figures about documents, qualifications and alerts.
#[api(service = "kyc-service", base_path = "/api/v1", port = 40015)]
pub trait KycStatisticsApi {
    /// Counts documents, qualifications and alerts of one merchant, or of all.
    #[get("/statistics")]
    async fn get_kyc_statistics(&self, merchant_id: Option<MerchantId>) -> Result<KycStatistics>;
}

/// How many there are of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct KycStatistics {
    pub total_documents: i64,
    pub pending_documents: i64,
    pub approved_documents: i64,
    pub rejected_documents: i64,
    pub expired_documents: i64,
    pub total_qualifications: i64,
    pub pending_qualifications: i64,
    pub approved_qualifications: i64,
    pub total_alerts: i64,
    pub open_alerts: i64,
}
