//! One page of a list, as the platform's services answer it.

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "{T}Page"))]
pub struct Page<T> {
    /// The elements; empty when nothing matches.
    pub list: Vec<T>,
    /// Elements over all pages.
    pub total: i64,
    /// Number of this page, from 1.
    pub page: i64,
    /// Most elements of a page.
    pub page_size: i64,
}
