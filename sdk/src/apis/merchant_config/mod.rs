//! merchant-config-service: on what terms a merchant does business. What it pays, how much it may move, and over which
//! channels.
//!
//! Lists of a merchant are configuration that services read again and again: they are kept for a few seconds, and stand
//! in for a few minutes while the service cannot answer.

#![allow(missing_docs, reason = "a field carries a sentence where its name does not say enough")]

mod channels;
mod fees;
mod limits;
mod terms;

pub use self::{channels::*, fees::*, limits::*, terms::*};
