//! What a review says of a document or a qualification, and how it is answered.

use serde::{Deserialize, Serialize};

use crate::{apis::ids::OperatorId, open_enum};

/// Who reviews, and why it ends so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Review {
    /// The caller; anybody else is refused.
    pub reviewer_id: OperatorId,
    /// Not empty.
    pub reviewer_name: String,
    /// Used by approvals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// Used by rejections; may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// That a review was stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReviewReceipt {
    /// Text for people.
    pub message: String,
}

open_enum! {
    /// How far a review has come.
    pub enum KycStatus {
        /// Nobody has decided.
        Pending = "pending",
        /// Accepted.
        Approved = "approved",
        /// Refused.
        Rejected = "rejected",
        /// Was accepted; its time has run out.
        Expired = "expired",
        /// Was accepted; does not count for the time being.
        Suspended = "suspended",
    }
}
