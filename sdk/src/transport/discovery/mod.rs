//! Where instances come from, and how their set changes while a client lives.
//!
//! A [`Discovery`] is asked, and says when to ask again. What it answers replaces the whole set; what it cannot answer
//! changes nothing: the last good set stays, since a name server that is down says nothing about the servers.

pub mod driver;
pub mod fixed;

use std::{fmt, future::Future, pin::Pin};

use super::instance::Instance;
use crate::contract::error::Result;

/// A boxed future, so that a source of instances can be chosen at run time.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The source of the instance set of one service.
pub trait Discovery: fmt::Debug + Send + Sync + 'static {
    /// The instances as of now. An empty set is an error to whoever asks: it would leave nothing to call.
    fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>>;

    /// Ends when it is worth asking again; never, for a set that cannot change.
    fn changed(&self) -> Pending<'_, ()>;
}
