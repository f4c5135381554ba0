//! Sends what is due: webhooks and messages, from the rows that say so.
//!
//! Webhooks at least once, in no promised order, the same bytes at every attempt and a fresh signature over them. What is
//! under way when the process ends is sent again: receivers know a repeat by its id.
//!
//! A message at most once, unless its carrier knows a repeat. That it is handed over is noted before it is, so what is
//! under way when the process ends is in doubt, and found so by the next round.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, header};
use payment_clients::{
    apis::notification::WebhookEndpoint,
    contract::error::{Error, Result},
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    Notifications,
    domain::{handed::Handed, schedule::ENDPOINT_RETRIES, signing, target::Target},
    store::{
        deliveries::{self, Outcome},
        endpoints, notifications,
    },
};
use crate::kit::{
    store::{Tx, View},
    tasks::Shutdown,
    vault::About,
};

/// Deliveries and messages that are sent at the same time.
const AT_ONCE: usize = 32;
/// Rows of one round.
const ROUND: i64 = 256;
/// Longest time for one attempt at an endpoint, whatever it asks for.
const ATTEMPT: Duration = Duration::from_secs(10);
/// Longest time without a look at what is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Characters of an answer that are kept.
const KEPT: usize = 1024;

/// Sends until the shutdown.
pub(super) async fn work(service: Notifications, mut shutdown: Shutdown) {
    let sending = async {
        loop {
            let wait = match service.send_due().await {
                Ok(next) => next.map_or(LOOK_EVERY, |next| service.until(next)),
                Err(error) => {
                    tracing::error!(%error, "what is due cannot be read; trying again");
                    LOOK_EVERY
                }
            };
            tokio::select! {
                () = service.news.notified() => {}
                () = sleep(wait) => {}
            }
        }
    };
    tokio::select! {
        biased;
        () = shutdown.begun() => {}
        () = sending => {}
    }
}

impl Notifications {
    /// Sends what is due now, and says when the next is. An endpoint that hangs holds a round up for ten seconds at most.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn send_due(&self) -> Result<Option<i64>> {
        let now = self.clock.now();
        let due = move |view: &View<'_>| {
            let (webhooks, messages) = (deliveries::due(view, now, ROUND)?, notifications::due(view, now, ROUND)?);
            Ok((webhooks, messages, notifications::left_open(view)?))
        };
        let (webhooks, messages, left_open) = self.store.read(due).await?;
        // One round comes after the other: nobody hands these over any more.
        for due in left_open {
            let why = Handed::unknown("the process ended while it was handed over, or could not note what came of it");
            self.store.write(move |tx: &mut Tx<'_>| notifications::attempted(tx, &due, &why, now)).await?;
        }
        let (mut sending, gate) = (JoinSet::new(), Arc::new(Semaphore::new(AT_ONCE)));
        for due in webhooks {
            let (service, gate) = (self.clone(), Arc::clone(&gate));
            sending.spawn(async move {
                let _one_of_few = gate.acquire().await;
                service.send_webhook_now(due).await;
            });
        }
        for due in messages {
            let (service, gate) = (self.clone(), Arc::clone(&gate));
            sending.spawn(async move {
                let _one_of_few = gate.acquire().await;
                service.send_message_now(due).await;
            });
        }
        while let Some(ended) = sending.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "an attempt panicked; it is made again");
            }
        }
        let next =
            |view: &View<'_>| Ok(deliveries::next_due(view)?.into_iter().chain(notifications::next_due(view)?).min());
        self.store.read(next).await
    }

    /// How long to wait for a moment, and not too long.
    fn until(&self, moment: i64) -> Duration {
        let wait = u64::try_from(moment.saturating_sub(self.clock.now())).unwrap_or(0);
        Duration::from_millis(wait).clamp(Duration::from_millis(1), LOOK_EVERY)
    }

    async fn send_webhook_now(&self, due: deliveries::Due) {
        let noted = async {
            let id = due.endpoint_id.clone();
            // Deleted in between, its deliveries were given up in the same unit.
            let Some((endpoint, sealed)) = self.store.read(move |view| endpoints::to_call(view, &id)).await? else {
                return Ok(());
            };
            let before = self.clock.now();
            let retries = endpoint.max_retry.min(ENDPOINT_RETRIES);
            let outcome = match self.call(&endpoint, &sealed, &due).await {
                Ok(answer) => outcome_of(&answer),
                Err(error) => Outcome { error, ..Outcome::default() },
            };
            let now = self.clock.now();
            let outcome = Outcome { duration: i32::try_from(now - before).unwrap_or(i32::MAX), ..outcome };
            self.store.write(move |tx: &mut Tx<'_>| deliveries::attempted(tx, &due, &outcome, retries, now)).await
        };
        if let Err(error) = noted.await {
            tracing::error!(%error, "what came of a webhook cannot be noted; it will be sent again");
        }
    }

    /// One attempt: where the name leads is looked up, checked, and called, and nothing else.
    async fn call(
        &self,
        endpoint: &WebhookEndpoint,
        sealed: &str,
        due: &deliveries::Due,
    ) -> Result<Response<Bytes>, String> {
        let target = self.deps.rules.target(&endpoint.url).map_err(|error| error.message().to_owned())?;
        let request = self.request(endpoint, sealed, due, &target).map_err(|error| error.to_string())?;
        let wait = Duration::from_secs(u64::try_from(endpoint.timeout).unwrap_or(1)).min(ATTEMPT);
        let exchange = async {
            let address = self.address_of(&target).await?;
            self.deps.courier.post(address, request).await
        };
        timeout(wait, exchange).await.unwrap_or_else(|_| Err(format!("no answer came in {} s", wait.as_secs())))
    }

    /// The first address of a host. One that is not allowed refuses them all: the next look-up may give it first.
    async fn address_of(&self, target: &Target) -> Result<SocketAddr, String> {
        let found = self.deps.courier.look_up(&target.host, target.port).await;
        let found = found.map_err(|error| format!("the host has no address: {error}"))?;
        found.iter().try_for_each(|address| self.deps.rules.admit(address.ip()))?;
        found.first().copied().ok_or_else(|| "the host has no address".to_owned())
    }

    fn request(
        &self,
        endpoint: &WebhookEndpoint,
        sealed: &str,
        due: &deliveries::Due,
        target: &Target,
    ) -> Result<Request<Bytes>> {
        let (owner, id) = (endpoint.merchant_id.to_string(), endpoint.id.to_string());
        let secret = self.vault.open(About { owner: &owner, kind: endpoints::SECRETS.kind, id: &id }, sealed)?;
        let secret = str::from_utf8(secret.expose()).map_err(Error::internal)?;
        let seconds = self.clock.now().div_euclid(1000);
        let signature = signing::sign(secret, &due.event_id, seconds, &due.body)?;
        let mut request = Request::new(Bytes::from(due.body.clone()));
        (*request.method_mut(), *request.uri_mut()) = (http::Method::POST, target.uri.clone());
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static("PaymentPlatform-Webhook/1.0"));
        let named = [("webhook-id", &due.event_id), ("webhook-signature", &signature)];
        for (name, value) in named {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).map_err(Error::internal)?);
        }
        headers.insert(HeaderName::from_static("webhook-timestamp"), HeaderValue::from(seconds));
        Ok(request)
    }

    async fn send_message_now(&self, mut due: notifications::Due) {
        let carrier = self.carrier(&due.channel);
        carrier.name().clone_into(&mut due.provider);
        let id = due.id.clone();
        let sent = async {
            if !carrier.knows_repeats() {
                let (begun, now) = (due.clone(), self.clock.now());
                self.store.write(move |tx: &mut Tx<'_>| notifications::begin(tx, &begun, now)).await?;
            }
            let handed = carrier.carry(&due).await;
            let now = self.clock.now();
            self.store.write(move |tx: &mut Tx<'_>| notifications::attempted(tx, &due, &handed, now)).await
        };
        if let Err(error) = sent.await {
            tracing::error!(%error, notification = id, "what came of a message cannot be noted; the next round looks at it");
        }
    }
}

/// Any 2xx takes the event. A redirect does not: it could lead anywhere.
fn outcome_of(answer: &Response<Bytes>) -> Outcome {
    let status = answer.status();
    let error = if status.is_success() { String::new() } else { format!("the endpoint answered {status}") };
    let text = String::from_utf8_lossy(answer.body());
    let response_body = text.chars().filter(|character| !character.is_control()).take(KEPT).collect();
    Outcome { error, http_status: status.as_u16().into(), response_body, duration: 0 }
}
