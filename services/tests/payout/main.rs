//! The way of money out of the platform: settlements, withdrawals and the bank, with the real books behind them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bank;
mod checked;
mod crashes;
mod currencies;
mod settlements;
mod stage;
mod states;
mod withdrawals;

#[path = "../support/mod.rs"]
mod support;
