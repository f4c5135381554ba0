//! Bytes out, bytes in. A transport reads no meaning: any status is a response, and what is no response is a
//! [`Failure`] that says what it proves about the effect.
//!
//! | file | for |
//! |---|---|
//! | [`instance`] | where one copy of a service listens |
//! | [`discovery`] | where instances come from, and how their set changes |
//! | [`config`] | every number of a pool |
//! | [`http`] | over hyper: what clients use |
//! | `reqwest` | over reqwest (feature `reqwest`): the same settings, the same failures |
//! | [`memory`] | without a network, for tests and simulations |
//! | [`tls`] | whom we trust, who we are, and how both change while calls run |
//! | [`failure`], `evidence` | what no answer proves, and what it is read from |
//! | `answer` | reads an answer up to its caps |
//! | `renewing` | a pool that is replaced while it is used |
//!
//! # Authorities and client certificates
//!
//! A client trusts the authorities of the operating system and shows no certificate, unless its transport is made with
//! [`Tls`](tls::Tls) settings. They are meant to be shared by all clients of a process, and follow their files:
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use payment_clients::{
//!     prelude::*,
//!     transport::{
//!         http::Http,
//!         tls::{Authorities, Identity, Tls, TlsConfig},
//!     },
//! };
//!
//! # async fn example() -> Result<()> {
//! let tls = Tls::new(TlsConfig {
//!     authorities: Authorities::File("/etc/payments/ca.pem".into()),
//!     identity: Some(Identity::Files {
//!         chain: "/etc/payments/client.pem".into(),
//!         key: "/etc/payments/client.key".into(),
//!     }),
//! })?;
//! let watched = tls.clone();
//! tokio::spawn(async move { watched.watch(Duration::from_secs(60)).await });
//!
//! let builder = OrderClient::builder().url("https://orders.internal:40004");
//! let orders = OrderClient::from_base(builder.build_on(&Http::with_tls(tls))?);
//! # Ok(())
//! # }
//! ```
//!
//! An `http` URL is refused beside a client certificate.

mod answer;
pub mod config;
pub mod discovery;
mod evidence;
pub mod failure;
pub mod http;
pub mod instance;
pub mod memory;
mod renewing;
#[cfg(feature = "reqwest")]
pub mod reqwest;
pub mod tls;

use std::future::Future;

use ::http::{Request, Response};
use bytes::Bytes;

use crate::contract::error::Result;
use config::TransportConfig;
use failure::Failure;
use instance::Instance;

/// Opens connections to instances. Clones are one transport: what its connections share (TLS settings, resolver) lives in
/// it.
pub trait Transport: Clone + Send + Sync + 'static {
    /// The way to one instance.
    type Connection: Connection;

    /// Prepares the way to one instance, without connecting yet.
    ///
    /// # Errors
    /// When the settings cannot work, such as no trusted certificates for an `https` instance.
    fn open(&self, instance: &Instance, config: &TransportConfig) -> Result<Self::Connection>;
}

/// The way to one instance: a pool of sockets, or something that acts like one.
pub trait Connection: Send + Sync + 'static {
    /// Sends one request and reads the whole answer, up to the configured size.
    fn send(&self, request: Request<Bytes>) -> impl Future<Output = Result<Response<Bytes>, Failure>> + Send;

    /// Poisons what is open: exchanges under way may end, later ones use new sockets. Told after an attempt that timed
    /// out or broke, since what carried it may be dead without knowing.
    fn retire(&self) {}
}
