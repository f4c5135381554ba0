//! Events that a test carries itself, from a publisher to a listener.

use std::time::Duration;

use async_trait::async_trait;
use payment_clients::contract::error::Result;
use payment_services::kit::{
    bus::{Delivery, Source},
    clock::Clock,
    consumer::Consumer,
    outbox::{
        feed::{EventFeedApi, Feed, Published},
        relay::Relay,
    },
    store::Store,
    tasks::{self, Tasks},
};
use tokio::sync::oneshot;

/// Gives out one page, and says when it was taken.
struct Once {
    page: Option<Vec<Delivery>>,
    taken: Option<oneshot::Sender<()>>,
}

#[async_trait]
impl Source for Once {
    fn name(&self) -> &str {
        "once"
    }

    fn resume(&mut self, _: i64) {}

    async fn next(&mut self) -> Result<Vec<Delivery>> {
        match self.page.take() {
            Some(page) => Ok(page),
            None => std::future::pending().await,
        }
    }

    async fn settle(&mut self) -> Result<()> {
        if let Some(taken) = self.taken.take() {
            let _ = taken.send(());
        }
        Ok(())
    }
}

/// Brings everything that a service has told so far, from the first event on, however often it was brought before.
pub async fn bring(publisher: &Store, service: &'static str, listener: &Consumer, clock: &Clock) {
    let relay = Relay::new(publisher.clone(), service, clock.clone(), None);
    relay.pass().await.unwrap();
    let told = Feed::new(relay, tasks::shutdown().1).read_events(0, None, None, None).await.unwrap().events;
    let delivery = |Published { seq, topic, event }| {
        let stream = service.to_owned();
        Delivery { stream, seq, topic, event: Ok(event) }
    };
    let page = Some(told.into_iter().map(delivery).collect());
    let (taken, settled) = oneshot::channel();
    let mut tasks = Tasks::default();
    listener.listen(Box::new(Once { page, taken: Some(taken) }), &mut tasks);
    settled.await.unwrap();
    assert!(tasks.stop(Duration::from_secs(5)).await.is_empty());
}
