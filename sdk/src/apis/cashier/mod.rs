//! cashier-service: the checkout page. Merchants say how theirs looks, payers visit it in sessions, and what they do there
//! becomes figures. Whose page it is, is told by the caller's credentials.

#![allow(missing_docs, reason = "a field carries the contract's sentence where the contract has one")]

mod analytics;
mod configs;
mod logs;
mod sessions;
mod templates;

pub use self::{analytics::*, configs::*, logs::*, sessions::*, templates::*};
