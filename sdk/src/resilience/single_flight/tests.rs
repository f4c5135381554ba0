//! Random callers that give up at random: never two calls at once, and nothing is left behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use bytes::Bytes;
use http::Method;

use super::*;
use crate::{
    contract::{
        error::Error,
        operation::{Operation, Service},
    },
    seams::Rng,
};

const SERVICE: Service = Service { name: "test-service", port: None, tier: Tier::Standard };
static READ: Operation = Operation::new(SERVICE, "read", Method::GET, "/things/{id}");

/// Takes a while, fails now and then, and counts who is inside.
#[derive(Debug)]
struct Slow {
    rng: Rng,
    inside: [AtomicUsize; 3],
    calls: AtomicUsize,
}

struct Inside<'a>(&'a AtomicUsize);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Call for Slow {
    async fn call(&self, request: Request) -> Result<Response> {
        let which: usize = request.path().rsplit('/').next().unwrap().parse().unwrap();
        self.calls.fetch_add(1, Ordering::Relaxed);
        assert_eq!(self.inside[which].fetch_add(1, Ordering::Relaxed), 0, "two calls for one question");
        let _inside = Inside(&self.inside[which]);
        tokio::time::sleep(self.rng.up_to(Duration::from_millis(20))).await;
        if self.rng.bits().is_multiple_of(4) {
            return Err(Error::rejected("by chance"));
        }
        Ok(Response::made(Bytes::from_static(b"1")))
    }
}

fn asking(which: u64) -> Request {
    let mut request = Request::new(&READ);
    request.path_arg("id", &which).unwrap();
    request.state.question = Some(Question::of(&request));
    request
}

#[tokio::test(start_paused = true)]
async fn callers_that_give_up_at_random_leave_nothing_behind() {
    for seed in 0..20 {
        let rng = Rng::seeded(seed);
        let inner = Slow { rng: rng.clone(), inside: Default::default(), calls: AtomicUsize::new(0) };
        let layer = Arc::new(SingleFlight::new(inner, Clock::system()));
        let callers: Vec<_> = (0..500)
            .map(|_| {
                let (layer, which) = (Arc::clone(&layer), rng.bits() % 3);
                let (wait, patience) = (rng.up_to(Duration::from_millis(200)), rng.up_to(Duration::from_millis(40)));
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    tokio::time::timeout(patience, layer.call(asking(which))).await.is_ok()
                })
            })
            .collect();
        let mut answered = 0;
        for caller in callers {
            answered += usize::from(caller.await.unwrap());
        }
        assert!(answered > 100, "seed {seed}: {answered} answers");
        assert!(layer.inner.calls.load(Ordering::Relaxed) < 400, "seed {seed}: calls were shared");
        assert!(layer.flights.lock().is_empty(), "seed {seed}: a flight was left behind");
    }
}
