//! A deterministic simulator that runs the real client, all of its layers, on virtual time against scripted fleets of
//! servers, beside the rules of its peers in the same world.
//!
//! A resilience mechanism is easy to write and hard to believe. Here every promise is a formula with a target, measured
//! at the servers, and a promise that is not kept stays in the table with its figure.
//!
//! | file | for |
//! |---|---|
//! | [`world`], [`dice`] | virtual time, and chance from one seed |
//! | [`server`], [`network`] | servers that follow a script, and the transport that reaches them |
//! | [`load`] | callers that do not wait for each other |
//! | [`book`] | what the servers wrote down; all figures come from here |
//! | [`caller`] | the one way in which a load uses a client, ours or a peer's |
//! | [`ours`], [`peers`] | the client under test, and the rules beside it |
//! | [`goals`] | the table of targets, and a finding beside each |
//! | [`scenarios`] | one function per goal |
//! | [`report`] | the page and its pictures |
#![allow(clippy::float_arithmetic, reason = "figures of a report, no amounts")]

pub mod book;
pub mod caller;
pub mod dice;
pub mod goals;
pub mod load;
pub mod network;
pub mod ours;
pub mod peers;
pub mod report;
pub mod scenarios;
pub mod server;
pub mod world;
