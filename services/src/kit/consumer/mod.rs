//! Listens to events: what an event changes, that it was taken, and how far was read are one unit.
//!
//! ```text
//! unit   inbox row + handler's rows + version of the entity + cursor
//! then   the bus is told, where it wants to know
//! ```
//! So a crash anywhere leaves either all of it or nothing, and what comes again is found in the inbox. Events of one
//! entity are taken in the order of their versions: one that comes too early is parked until the others have come. An
//! event that fails again and again becomes a dead letter with an incident, and holds up its own entity only.
//!
//! | file | does |
//! |---|---|
//! | `take` | what one event does, in a unit |
//! | `work` | reads, retries, gives up |
//! | `redrive` | takes dead letters after all |

mod redrive;
mod take;
mod work;

use std::{collections::BTreeMap, fmt, sync::Arc};

use payment_clients::{
    contract::error::{Error, Result},
    platform::Platform,
};

use super::{
    bus::{Bus, Source},
    clock::Clock,
    events::{Envelope, Event, Kind, Payload, Topic},
    store::{Store, Tx},
    tasks::Tasks,
};

/// Takes events for one service. Cheap to clone.
#[derive(Clone)]
pub struct Consumer {
    shared: Arc<Shared>,
}

/// A consumer that is being made.
pub struct Builder {
    name: &'static str,
    store: Store,
    clock: Clock,
    topics: Vec<Topic>,
    handlers: Handlers,
}

struct Shared {
    name: &'static str,
    store: Store,
    clock: Clock,
    topics: Vec<Topic>,
    handlers: Handlers,
}

/// By topic and word on the wire.
type Handlers = BTreeMap<(&'static str, &'static str), Handler>;
type Handler = Arc<dyn Fn(&mut Tx<'_>, &Envelope) -> Result<()> + Send + Sync>;

// === impl Builder ===

impl Builder {
    /// Handles events of a kind, in the unit that notes them as taken. A handler may change rows, append events of its
    /// own and start sagas; it makes no calls. What it cannot take for now, as when it is [`Unavailable`], is tried until
    /// it can; any other error is tried a few times.
    ///
    /// [`Unavailable`]: payment_clients::contract::error::ErrorKind::Unavailable
    #[must_use]
    pub fn on<P: Payload>(
        mut self,
        kind: Kind<P>,
        handle: impl Fn(&mut Tx<'_>, Event<P>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        let handler: Handler = Arc::new(move |tx, envelope| {
            let event = envelope
                .open::<P>()
                .map_err(|error| Error::internal(format!("{} {}: {error}", envelope.event_type, envelope.event_id)))?;
            handle(tx, event)
        });
        for name in kind.names() {
            self.handlers.insert((P::TOPIC.name, name), Arc::clone(&handler));
        }
        if !self.topics.contains(&P::TOPIC) {
            self.topics.push(P::TOPIC);
        }
        self
    }

    /// The consumer, which does nothing by itself yet.
    pub fn build(self) -> Consumer {
        let Self { name, store, clock, topics, handlers } = self;
        Consumer { shared: Arc::new(Shared { name, store, clock, topics, handlers }) }
    }

    /// Starts to listen, in the background. Where it stopped, it goes on.
    ///
    /// # Errors
    /// When a publisher has no address, or the bus cannot be set up.
    pub fn spawn(self, bus: &Bus, platform: &Platform, tasks: &mut Tasks) -> Result<Consumer> {
        let consumer = self.build();
        for source in bus.sources(consumer.shared.name, &consumer.shared.topics, platform)? {
            consumer.listen(source, tasks);
        }
        Ok(consumer)
    }
}

// === impl Consumer ===

impl Consumer {
    /// Begins a consumer. The name is part of what it remembers in its store, so it never changes.
    pub fn builder(name: &'static str, store: Store, clock: Clock) -> Builder {
        Builder { name, store, clock, topics: Vec::new(), handlers: BTreeMap::new() }
    }

    /// Listens to one source, in the background.
    pub fn listen(&self, source: Box<dyn Source>, tasks: &mut Tasks) {
        let consumer = self.clone();
        tasks.spawn(self.shared.name, |shutdown| consumer.work(source, shutdown));
    }
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("name", &self.shared.name).finish_non_exhaustive()
    }
}
