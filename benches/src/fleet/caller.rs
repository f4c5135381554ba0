//! The one way in which a load, or a server that calls on, uses a client: ours or a peer's.

use std::{future::Future, pin::Pin, sync::Arc};

use http::StatusCode;
use payment_clients::contract::operation::{Class, Tier};

/// What one call asks for.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// The call's number, from 1; rides in the path, so that servers can write it down.
    pub id: u64,
    /// May it be repeated?
    pub class: Class,
    /// How much it matters.
    pub tier: Tier,
}

/// How a call ended for whoever made it; the status is the one that a server in between would answer with.
pub type Answer = Result<(), StatusCode>;

/// A future that is chosen at run time.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A client as the simulation sees it.
pub trait Caller: Send + Sync {
    /// Makes one call.
    fn call(&self, ask: Ask) -> Pending<'_, Answer>;
}

/// A client that can be handed around.
pub type Handle = Arc<dyn Caller>;
