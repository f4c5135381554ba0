//! Sends the webhooks that the book still owes, each until it is taken.
//!
//! At least once, in no promised order, at most [`MOST_IN_FLIGHT`] at a time, the same bytes at every attempt and a
//! fresh signature over them.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use payment_clients::{
    apis::channel_adapter::ChannelWebhookApi,
    contract::{
        error::Result,
        options::{CallOptions, WithOptions},
        secret::Secret,
        timestamp::Timestamp,
    },
};
use tokio::{select, task::JoinSet, time::sleep};

use super::{
    domain::{Shape, State, WEBHOOK_ID},
    handler::Handler,
    store::{self, Event},
};
use crate::kit::{
    clock::millis,
    store::Tx,
    tasks::Shutdown,
    webhook::{self, transmission::Transmission},
};

/// Webhooks that are sent at the same time.
const MOST_IN_FLIGHT: usize = 32;
/// Wait after the first failure; doubled after each further one.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Longest time for one attempt.
const ATTEMPT: Duration = Duration::from_secs(5);
/// Longest time without a look at the book.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Where webhooks go, and what signs them.
#[derive(Clone)]
pub struct Receiver {
    /// The platform's end.
    pub api: Arc<dyn ChannelWebhookApi>,
    /// Known to both ends; signs what is told as Stripe.
    pub secret: Secret<String>,
    /// Known to both ends; signs what is told as PayPal.
    pub paypal: Secret<String>,
}

/// Sends webhooks until it is stopped. What is being sent then is finished first.
pub async fn deliver(handler: Handler, receiver: Receiver, mut shutdown: Shutdown) {
    let sender = Arc::new(Sender { handler, receiver });
    let mut in_flight = BTreeSet::new();
    let mut posts = JoinSet::new();
    while !shutdown.has_begun() {
        let wait = match sender.begin_due(&mut in_flight, &mut posts).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(%error, "the webhooks that are due cannot be read; trying again");
                LOOK_EVERY
            }
        };
        select! {
            biased;
            () = shutdown.begun() => break,
            Some(ended) = posts.join_next() => {
                if let Ok(id) = ended {
                    in_flight.remove(&id);
                }
            }
            () = sender.handler.news.notified() => {}
            () = sleep(wait) => {}
        }
    }
    while posts.join_next().await.is_some() {}
}

struct Sender {
    handler: Handler,
    receiver: Receiver,
}

impl Sender {
    /// Captures what is due, begins to send what is due, and says how long nothing else will be.
    async fn begin_due(
        self: &Arc<Self>,
        in_flight: &mut BTreeSet<String>,
        posts: &mut JoinSet<String>,
    ) -> Result<Duration> {
        self.capture_due().await?;
        if in_flight.len() >= MOST_IN_FLIGHT {
            return Ok(LOOK_EVERY);
        }
        let now = self.handler.clock.now();
        // What is in flight is still due in the book, so as many more are read.
        let most = u32::try_from(MOST_IN_FLIGHT).unwrap_or(u32::MAX);
        let (due, next) = self
            .handler
            .store
            .read(move |view| Ok((store::due_events(view, now, most)?, store::next_due(view, now)?)))
            .await?;
        for event in due {
            if in_flight.len() < MOST_IN_FLIGHT && in_flight.insert(event.id.clone()) {
                let sender = Arc::clone(self);
                posts.spawn(async move { sender.send(event).await });
            }
        }
        let wait = next.map(|next| u64::try_from(next - now).unwrap_or(0));
        Ok(wait.map_or(LOOK_EVERY, |ms| Duration::from_millis(ms).min(LOOK_EVERY)))
    }

    /// Takes the money of payments whose time has come, and owes the webhooks that tell it.
    async fn capture_due(&self) -> Result<()> {
        let (handler, now) = (&self.handler, self.handler.clock.now());
        for mut intent in handler.store.read(move |view| store::to_be_captured(view, now)).await? {
            intent.state = State::Captured;
            let event = handler.event(&intent, 1, now)?;
            let unit = move |tx: &mut Tx<'_>| match event {
                // It may have been cancelled in between.
                Some(event) if store::end_intent(tx, &intent.id, State::Captured)? => {
                    store::insert_event(tx, &event, now)
                }
                _ => Ok(()),
            };
            handler.store.write(unit).await?;
        }
        Ok(())
    }

    /// Sends one webhook, as often as it has copies, and notes what came of it.
    async fn send(&self, event: Event) -> String {
        let Event { id, shape, body, copies, attempts } = event;
        let body = Bytes::from(body);
        let mut taken = Ok(());
        for _ in 0..copies {
            taken = taken.and(self.post(shape, &body).await);
        }
        let (name, now) = (id.clone(), self.handler.clock.now());
        let noted = match taken {
            Ok(()) => self.handler.store.write(move |tx| store::delivered(tx, &name, now)).await,
            Err(error) => {
                tracing::warn!(%error, event = name, attempts, "a webhook was not taken");
                let next_at = now.saturating_add(millis(wait_after(attempts)));
                self.handler.store.write(move |tx| store::put_off(tx, &name, next_at)).await
            }
        };
        if let Err(error) = noted {
            tracing::error!(%error, event = id, "what came of a webhook cannot be noted; it will be sent again");
        }
        id
    }

    async fn post(&self, shape: Shape, body: &Bytes) -> Result<()> {
        let (now, receiver) = (self.handler.clock.now(), &self.receiver);
        // Attempts are counted in the book, not in the client.
        let options = CallOptions::new().max_attempts(1).deadline(ATTEMPT);
        let api = receiver.api.with(options);
        let taken = match shape {
            Shape::Stripe => {
                let signature = webhook::sign(&receiver.secret, now.div_euclid(1000), body);
                api.handle_stripe_webhook(&signature, body.clone()).await
            }
            Shape::Paypal => {
                let (id, time) = (self.handler.ids.next("TR"), Timestamp::from_unix_ms(now).to_string());
                let sent = Transmission { id: &id, time: &time, webhook_id: WEBHOOK_ID };
                let signature = sent.sign(&receiver.paypal, body);
                api.handle_paypal_webhook(&signature, Some(&id), Some(&time), body.clone()).await
            }
        };
        taken.map(drop)
    }
}

/// The wait after so many failures and one more.
fn wait_after(failures: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << failures.min(10)).min(LONGEST_WAIT)
}
