//! The layers between a call and its transport: each is a [`Call`](crate::contract::call::Call) around another one, one
//! mechanism a file. Their order, and why, is in [`client::stack`](crate::client::stack).
//!
//! | layer | works per | may |
//! |---|---|---|
//! | [`deadline`] | call | refuse a call that cannot finish, end one that did not |
//! | [`retry`] | call | send again, within class, certainty, attempts, budget and time |
//! | [`attempt`] | attempt | end one attempt early |
//! | [`foreign`] | call or attempt | whatever a tower layer of the user's does |
//!
//! [`settings`] are the numbers of a tier. Time and chance come from [`seams`](crate::seams).

pub mod attempt;
pub mod deadline;
pub mod foreign;
pub mod retry;
pub mod settings;
