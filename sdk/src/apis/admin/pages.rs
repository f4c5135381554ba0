//! Lists of this service: two shapes, each with its totals beside the data.

use serde::{Deserialize, Serialize};

/// One page of a list, with its totals beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "{T}Listing"))]
pub struct Listing<T> {
    /// The elements; empty when nothing matches.
    pub data: Vec<T>,
    /// Elements over all pages.
    pub total: i64,
    /// Number of this page, from 1.
    pub page: i64,
    /// Most elements of a page.
    pub page_size: i64,
}

/// One page of a list, with its totals in an object beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "Paginated{T}"))]
pub struct Paginated<T> {
    /// The elements; empty when nothing matches.
    pub data: Vec<T>,
    /// Which page that is, and of how many.
    pub pagination: Pagination,
}

/// Which page of a list it is, and of how many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Pagination {
    /// Number of this page, from 1.
    pub page: i64,
    /// Most elements of a page.
    pub page_size: i64,
    /// Elements over all pages.
    pub total: i64,
    /// How many pages there are.
    pub total_page: i64,
}

#[cfg(test)]
mod tests {
    use super::{Listing, Paginated};
    use crate::apis::testing::both_ways;

    #[test]
    fn totals_stand_beside_the_data() {
        both_ways::<Listing<String>>(r#"{"data": ["a"], "total": 21, "page": 2, "page_size": 20}"#);
        both_ways::<Paginated<String>>(
            r#"{"data": ["a"], "pagination": {"page": 2, "page_size": 20, "total": 21, "total_page": 2}}"#,
        );
    }
}
