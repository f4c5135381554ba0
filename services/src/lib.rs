//! Reference services of the payment platform, built on payment-clients: each owns its store and calls its neighbours
//! through typed clients only.
//!
//! [`kit`] is what they share, [`registry`] names them, [`platform`] runs them, each with its [`host`], [`demo`] pays through them,
//! [`watch`] looks at them, [`story`] tells one payment, [`collector`] keeps the latest traces, [`console`] shows all of it.
//! [`new_api`] writes declarations of further APIs.

pub mod accounting;
pub mod admin;
pub mod analytics;
pub mod bank_sim;
pub mod cashier;
pub mod channel_adapter;
pub mod channel_sim;
pub mod check;
pub mod cli;
pub mod collector;
pub mod config_service;
pub mod console;
pub mod day;
pub mod demo;
pub mod documents;
pub mod drill;
pub mod gateway;
pub mod geo_sim;
pub mod host;
pub mod kit;
pub mod kyc;
pub mod merchant;
pub mod merchant_auth;
pub mod merchant_config;
pub mod message_sim;
#[cfg(feature = "mutants")]
pub mod mutants;
pub mod new_api;
pub mod notification;
pub mod order;
pub mod platform;
pub mod rate_sim;
pub mod reconcile;
pub mod registry;
pub mod risk;
pub mod settlement;
pub mod story;
pub mod supervisor;
pub mod watch;
pub mod withdrawal;
