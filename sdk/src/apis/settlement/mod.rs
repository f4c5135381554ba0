//! settlement-service: pays the merchants what was paid to them. Transactions of a period become a settlement, somebody
//! approves it, and it is paid out by a withdrawal.

#![allow(missing_docs, reason = "a field carries the contract's sentence where the contract has one")]

mod settlements;

pub use self::settlements::*;
