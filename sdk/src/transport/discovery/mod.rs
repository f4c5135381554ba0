//! Where instances come from, and how their set changes while a client lives.
//!
//! A [`Discovery`] is asked, and says when to ask again. What it answers replaces the whole set; what it cannot answer
//! changes nothing: the last good set stays, since a name server that is down says nothing about the servers.
//!
//! [`fixed`] is a list, [`mod@file`] a watched file, `dns` (feature `dns`) asks for A, AAAA or SRV records;
//! [`driver`] asks any of them for as long as a client lives.
//!
//! # A source of one's own
//!
//! Consul, Kubernetes or a service mesh come in the same way: keep a watch open there, and hand on what it says. This
//! source is fed through a channel, whoever holds the other end:
//!
//! ```
//! use std::{future, sync::Arc};
//!
//! use payment_clients::{
//!     contract::error::Result,
//!     transport::{
//!         discovery::{Discovery, Pending},
//!         instance::Instance,
//!     },
//! };
//! use tokio::sync::{Mutex, watch};
//!
//! #[derive(Debug)]
//! struct Fed(Mutex<watch::Receiver<Vec<Instance>>>);
//!
//! impl Discovery for Fed {
//!     fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>> {
//!         // Marks the set as seen, so that `changed` waits for the next one and misses none in between.
//!         Box::pin(async { Ok(self.0.lock().await.borrow_and_update().clone()) })
//!     }
//!
//!     fn changed(&self) -> Pending<'_, ()> {
//!         Box::pin(async {
//!             if self.0.lock().await.changed().await.is_err() {
//!                 future::pending().await // the feeder has gone: the set cannot change any more
//!             }
//!         })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let (feeder, feed) = watch::channel(vec!["http://10.0.0.1:40004".parse()?]);
//! let source: Arc<dyn Discovery> = Arc::new(Fed(Mutex::new(feed)));
//! assert_eq!(source.resolve().await?.len(), 1);
//!
//! feeder.send_modify(|instances| instances.extend("http://10.0.0.2:40004".parse()));
//! source.changed().await;
//! assert_eq!(source.resolve().await?.len(), 2);
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "dns")]
pub mod dns;
pub mod driver;
pub mod file;
pub mod fixed;

use std::{fmt, future::Future, pin::Pin};

use super::instance::Instance;
use crate::contract::error::Result;

/// Most instances that a source may name. A fleet of this size is beyond any single service of a platform; a name
/// server or a file that has gone mad must not cost us a socket pool per line.
pub const MAX_INSTANCES: usize = 1_000;

/// A boxed future, so that a source of instances can be chosen at run time.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The source of the instance set of one service.
pub trait Discovery: fmt::Debug + Send + Sync + 'static {
    /// The instances as of now. An empty set is an error to whoever asks: it would leave nothing to call.
    fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>>;

    /// Ends when it is worth asking again; never, for a set that cannot change.
    fn changed(&self) -> Pending<'_, ()>;
}
