//! Loans.

use payment_clients::{contract::error::Result, prelude::api};

/// Loans.
#[api(service = "library-service", base_path = "/api/v1", port = 41000, envelope = "bare")]
pub trait LoansApi {
    /// Gets loans by no.
    #[get("/loans/{no}")]
    async fn get_loans_by_no(&self, no: &str) -> Result<serde_json::Value>;
}
