//! withdrawal-service: pays money out to the merchants' banks. A withdrawal is asked for, approved on up to three levels,
//! and executed: its amount is held, the bank asked, and the hold booked when the bank has paid.

#![allow(missing_docs, reason = "a field carries the contract's sentence where the contract has one")]

mod bank_accounts;
mod withdrawals;

pub use self::{bank_accounts::*, withdrawals::*};
