//! accounting-service: the merchants' money. Accounts and the transactions on them, holds, balances, and what is booked on
//! the accounts: settlements, withdrawals, invoices, conversions, and sheets that compare the books with others.
//!
//! Settlements and withdrawals are here what the accounts see of them, found by number. settlement-service and
//! withdrawal-service keep records of their own, found by id; hence the names that begin with `Account`.

#![allow(missing_docs, reason = "a field carries the contract's sentence where the contract has one")]

mod accounts;
mod balances;
mod conversions;
mod holds;
mod invoices;
mod reconciliations;
mod settlements;
mod transactions;
mod withdrawals;

pub use self::{
    accounts::*, balances::*, conversions::*, holds::*, invoices::*, reconciliations::*, settlements::*,
    transactions::*, withdrawals::*,
};
