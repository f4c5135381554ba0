//! Random callers that give up at random: nobody gets another's answer, and no window is left behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;

use super::*;
use crate::{
    contract::operation::{Class, Service},
    seams::Rng,
};

const SERVICE: Service = Service { name: "test-service", port: None, tier: Tier::Standard };
static ALL: Operation = Operation::new(SERVICE, "all", Method::POST, "/all").class(Class::Unsafe);
static ONE: Operation = Operation::new(SERVICE, "one", Method::POST, "/one").class(Class::Unsafe).batch(&ALL);

/// Answers each entry with itself after a while, and counts its calls.
#[derive(Debug)]
struct Echo {
    rng: Rng,
    calls: Arc<AtomicUsize>,
}

impl Call for Echo {
    async fn call(&self, request: Request) -> Result<Response> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(self.rng.up_to(Duration::from_millis(20))).await;
        Ok(Response::made(request.body().clone()))
    }
}

#[tokio::test(start_paused = true)]
async fn callers_that_give_up_at_random_get_nobody_elses_answer_and_leave_nothing_behind() {
    for seed in 0..20 {
        let (rng, calls) = (Rng::seeded(seed), Arc::<AtomicUsize>::default());
        let config = Live::new(ClientConfig::of(&SERVICE));
        let inner = Echo { rng: rng.clone(), calls: Arc::clone(&calls) };
        let layer = Arc::new(Batch::new(inner, config, Clock::system()));
        let callers: Vec<_> = (0..500_u64)
            .map(|number| {
                let (layer, wait) = (Arc::clone(&layer), rng.up_to(Duration::from_millis(100)));
                let patience = rng.up_to(Duration::from_millis(40));
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    let mut request = Request::new(&ONE);
                    request.json(&number).unwrap();
                    let Ok(answer) = tokio::time::timeout(patience, layer.call(request)).await else { return 0 };
                    assert_eq!(answer.unwrap().decode::<u64>().unwrap(), number);
                    1
                })
            })
            .collect();
        let mut answered = 0;
        for caller in callers {
            answered += caller.await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(answered > 100, "seed {seed}: {answered} answers");
        assert!(calls.load(Ordering::Relaxed) < 50, "seed {seed}: calls travelled together");
        assert!(layer.windows.lock().is_empty(), "seed {seed}: a window was left behind");
    }
}
