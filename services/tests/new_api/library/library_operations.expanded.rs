//! Library.

use payment_clients::{contract::error::Result, prelude::api};
use serde::{Deserialize, Serialize};

/// Library.
#[api(service = "library-service", base_path = "/api/v1", port = 41000, envelope = "bare")]
pub trait LibraryApi {
    /// Describe.
    #[get("/library")]
    async fn describe(&self) -> Result<LibraryResult>;
}

/// A library result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[derive(schemars::JsonSchema)]
pub struct LibraryResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<LibraryPage>,
}

/// A library page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[derive(schemars::JsonSchema)]
pub struct LibraryPage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
}
