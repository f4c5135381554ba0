//! Loan.

use std::collections::BTreeMap;

use payment_clients::{
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    open_enum,
    prelude::api,
    text_id, uuid_id,
};
use serde::{Deserialize, Serialize};

use super::books::{BookId, BookType};

/// Loan.
#[api(service = "library-service", base_path = "/api/v1", port = 41000)]
pub trait LoanApi {
    /// New loan.
    #[post("/loans/", keyed, money, tier = "critical", envelope = "bare")]
    async fn new_loan(&self, loan: &NewLoan) -> Result<Loan>;

    /// Gets totals.
    #[get("/loans/totals", envelope = "bare")]
    async fn get_totals(&self, currency: Currency, since: Option<Timestamp>) -> Result<BTreeMap<String, i64>>;

    /// Returns a book.
    #[post("/loans/{loan_no}/return")]
    async fn return_loan(&self, loan_no: &LoanNo) -> Result<()>;
}

// === requests ===

/// What `new_loan` takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[derive(schemars::JsonSchema)]
pub struct NewLoan {
    pub book_id: BookId,
    pub days: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<NewLoanStatus>,
    pub terms: NewLoanTerms,
}

/// New loan terms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[derive(schemars::JsonSchema)]
pub struct NewLoanTerms {
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<i64>,
}

// === answers ===

/// A loan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[derive(schemars::JsonSchema)]
pub struct Loan {
    pub loan_no: LoanNo,
    /// How far it is.
    pub status: Option<LoanStatus>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Thing>,
}

/// A thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[derive(schemars::JsonSchema)]
pub struct Thing {
    pub id: ThingId,
    #[serde(rename = "type")]
    pub kind: BookType,
}

// === ids and words ===

text_id! {
    /// A number.
    pub struct LoanNo
}

uuid_id! {
    /// Id of a thing.
    pub struct ThingId
}

open_enum! {
    /// A new loan status.
    pub enum NewLoanStatus {
        /// Open.
        Open = "open",
        /// Returned.
        Returned = "returned",
    }
}

open_enum! {
    /// How far it is.
    pub enum LoanStatus {
        /// Open.
        Open = "open",
        /// Returned.
        Returned = "returned",
    }
}
