//! What can be called: one API, one place. A declaration is the only writing of its paths, methods, fields and classes;
//! client, router, mock and document come from it.
//!
//! A folder is one service, and a feature; which traits a client offers stands in [`platform`](crate::platform).
//!
//! A file holds one resource: its trait, then the DTOs in the order in which the trait names them, then the words and
//! ids that it mints, then, where a shape is unusual, wire tests with literal JSON. [`ids`] and [`words`] hold what more
//! than one API names. Two services may have DTOs that look alike: each is the wire of one service, and may change alone.
//!
//! Conventions of the wire, the same everywhere: amounts are whole minor units in `i64`; an id that was not given is
//! the nil UUID or an empty text, never null; words are open, so that a newer server can be read; unknown fields are
//! ignored. Fields whose type the contract gives as *JSON text* stay `String`.

#[cfg(feature = "accounting")]
pub mod accounting;
#[cfg(feature = "admin")]
pub mod admin;
#[cfg(feature = "analytics")]
pub mod analytics;
#[cfg(feature = "bank-transfer")]
pub mod bank_transfer;
#[cfg(feature = "cashier")]
pub mod cashier;
#[cfg(feature = "channel-adapter")]
pub mod channel_adapter;
#[cfg(feature = "config")]
pub mod config_service;
#[cfg(feature = "exchange-rate")]
pub mod exchange_rate;
pub mod ids;
#[cfg(feature = "ip-geo")]
pub mod ip_geo;
#[cfg(feature = "kyc")]
pub mod kyc;
#[cfg(feature = "merchant")]
pub mod merchant;
#[cfg(feature = "merchant-auth")]
pub mod merchant_auth;
#[cfg(feature = "merchant-config")]
pub mod merchant_config;
#[cfg(feature = "notification")]
pub mod notification;
#[cfg(feature = "order")]
pub mod order;
#[cfg(feature = "payment-gateway")]
pub mod payment_gateway;
#[cfg(feature = "risk")]
pub mod risk;
#[cfg(feature = "settlement")]
pub mod settlement;
#[cfg(feature = "withdrawal")]
pub mod withdrawal;
pub mod words;

#[cfg(test)]
mod testing;
