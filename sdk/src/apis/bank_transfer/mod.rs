//! bank-transfer-api: payouts by a bank, a partner outside of the platform.
//!
//! Two profiles of it are declared: the transfers that the platform's documents describe, and the calls of one bank's own
//! API, named after it. They differ in what a repeat does, so they differ in their classes.

mod icbc;
mod transfers;

pub use self::{icbc::*, transfers::*};
