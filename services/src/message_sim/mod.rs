//! message-sim: those of the outside world who carry e-mail and SMS, in the manner of Mailgun and of Twilio. Each takes
//! every message that it is not told to refuse and writes it into a book of its own, against which one can compare what the
//! platform says was sent. How they misbehave is chosen by whom a message is for: see [`domain::Behaviour`].
//!
//! They own what they have taken, and call nobody.

pub mod access;
pub mod account;
pub mod domain;
pub mod mailgun;
pub mod store;
pub mod twilio;

use std::time::Duration;

use payment_clients::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind, Result},
    headers,
    idempotency::IdempotencyKey,
    partner::{KeyScope, NotBegun, Profile, Replay},
};
use uuid::Uuid;

use self::{domain::Behaviour, store::Taken};
use crate::kit::{
    clock::Clock,
    ids::Ids,
    store::{Store, Stores, Tx},
};

/// What both promise about repeats: nothing. Their rate limits stand before everything else.
const fn profile(name: &'static str) -> Profile {
    Profile {
        name,
        key_header: headers::IDEMPOTENCY_KEY,
        key_length: IdempotencyKey::MAX_LEN,
        scope: KeyScope::Account,
        // Of no key: none is sent.
        key_lifetime: Duration::MAX,
        replay: Replay::Unknown,
        not_begun: &[NotBegun { status: 429, code: None }],
    }
}

/// One of them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MessageSim {
    store: Store,
    clock: Clock,
    ids: Ids,
}

impl MessageSim {
    /// Opens the book of this name.
    ///
    /// # Errors
    /// When the book cannot be opened.
    pub fn open(stores: &Stores, book: &'static str, clock: Clock) -> Result<Self> {
        Ok(Self { store: stores.open(book, store::MIGRATIONS)?, ids: Ids::new(clock.clone())?, clock })
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What it has taken, oldest first.
    ///
    /// # Errors
    /// When the book cannot be read.
    pub async fn taken(&self) -> Result<Vec<Taken>> {
        self.store.read(store::taken).await
    }

    /// Takes a message, or not. The number is made of its own draw, so the same message once more is another one.
    async fn take(&self, behaviour: Behaviour, message: impl FnOnce(Uuid) -> Taken) -> Result<Taken> {
        match behaviour {
            Behaviour::Takes | Behaviour::LosesAnswer => {}
            Behaviour::Refuses => return Err(Error::invalid_input("to", "is nobody who can be reached")),
            Behaviour::Busy => {
                let text = "too many requests; ask again later";
                let busy = Error::new(ErrorKind::RateLimited, Certainty::NotProcessed, text);
                return Err(busy.with_retry_after(Duration::from_secs(1)));
            }
        }
        let (taken, now) = (message(self.ids.uuid()), self.clock.now());
        let kept = taken.clone();
        self.store.write(move |tx: &mut Tx<'_>| store::insert(tx, &kept, now)).await?;
        if behaviour == Behaviour::LosesAnswer {
            return Err(Error::new(ErrorKind::Gateway, Certainty::PossiblyProcessed, "the answer was lost"));
        }
        Ok(taken)
    }
}
