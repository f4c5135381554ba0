//! The one way in which a load, or a server that calls on, uses a client: ours or a peer's.

use std::{future::Future, pin::Pin, sync::Arc};

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

/// A future that is chosen at run time.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A client as the simulation sees it.
pub trait Caller: Send + Sync {
    /// Makes one call; true when it was answered with a success.
    fn call(&self, ask: Ask) -> Pending<'_, bool>;
}

/// A client that can be handed around.
pub type Handle = Arc<dyn Caller>;
