//! What most changes answer.

use serde::{Deserialize, Serialize};

/// That something was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MessageData {
    /// Human text.
    pub message: String,
}

/// That something was done, and what has become of the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "Changed{T}"))]
pub struct Changed<T> {
    /// Human text.
    pub message: String,
    /// The record as it is now.
    pub data: T,
}

#[cfg(test)]
mod tests {
    use super::Changed;
    use crate::apis::{ids::MerchantId, merchant::Qualification, testing::both_ways};

    #[test]
    fn a_change_is_wrapped_with_a_text_about_it() {
        let changed: Changed<Qualification> = both_ways(
            r#"{"message": "saved", "data": {
                "id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "merchant_id": "00000000-0000-0000-0000-000000000000",
                "qualification_type": "payment_license", "license_number": "L-1", "license_name": "", "issued_by": "",
                "issued_date": null, "expiry_date": null, "file_url": "", "status": "pending", "verified_by": null,
                "verified_at": null, "metadata": "{}", "created_at": "2025-10-24T12:00:00Z",
                "updated_at": "2025-10-24T12:00:00Z"}}"#,
        );
        assert_eq!(changed.data.merchant_id, MerchantId::default());
    }
}
