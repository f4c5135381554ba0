//! Keeps a set of instances up to date for as long as a client lives.
//!
//! Trusts no source: one that hangs, fails, floods or always has news costs a bounded number of questions and log
//! lines, and never the last good set.

use std::{sync::Arc, time::Duration};

use futures_util::future::join;
use tokio::time::{sleep, timeout};

use super::{Discovery, MAX_INSTANCES};
use crate::{
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
    transport::instance::Instance,
};

/// Shortest time between two questions. Ten sets a second is more than a balancer can make use of, and keeps a source
/// that always has news from taking a core.
pub const PAUSE: Duration = Duration::from_millis(100);

/// Wait after a first failed question; doubled with each further one. The shortest TTL that DNS can express besides
/// zero: a source that has just failed is not asked more often than one that works.
pub const FIRST_BACKOFF: Duration = Duration::from_secs(1);

/// Longest wait after failed questions: a source that is back is noticed within half a minute, and one that is down
/// gets two questions a minute from each client.
pub const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Longest wait for an answer, far beyond what a working source needs, so that one lost answer does not end discovery.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks `discovery` again and again, and tells of each set that differs from the last one: sorted, each instance once.
/// The order in which a source names its instances is no difference. A question that failed is told of too, for whoever
/// wants to say why there is no set yet. Runs until it is dropped.
pub async fn follow(discovery: Arc<dyn Discovery>, mut tell: impl FnMut(Result<Vec<Instance>>) + Send) {
    let mut applied = Vec::new();
    let mut trouble = Trouble::default();
    loop {
        match ask(&*discovery).await {
            Ok(instances) => {
                trouble.end();
                if instances != applied {
                    tell(Ok(instances.clone()));
                    applied = instances;
                }
                join(discovery.changed(), sleep(PAUSE)).await;
            }
            Err(error) => {
                let wait = trouble.wait_after(&error, applied.len());
                tell(Err(error));
                sleep(wait).await;
            }
        }
    }
}

/// One answer, as a set that can be used and compared.
async fn ask(discovery: &dyn Discovery) -> Result<Vec<Instance>> {
    let answer = timeout(PATIENCE, discovery.resolve()).await;
    let mut instances = answer.map_err(|_| {
        let why = format!("the source of instances did not answer within {} s; look at it", PATIENCE.as_secs());
        Error::new(ErrorKind::Timeout, Certainty::NotSent, why)
    })??;
    if instances.len() > MAX_INSTANCES {
        return Err(Error::configuration(format!(
            "the source of instances named more than {MAX_INSTANCES}; look at it, or name a load balancer instead"
        )));
    }
    if instances.is_empty() {
        return Err(Error::configuration("the source of instances named none; look at it"));
    }
    instances.sort_unstable();
    instances.dedup();
    Ok(instances)
}

/// A run of failed questions.
#[derive(Default)]
struct Trouble {
    wait: Option<Duration>,
    logged: Option<String>,
}

impl Trouble {
    fn end(&mut self) {
        *self = Self::default();
    }

    /// Notes one more failure, logs it unless the same was logged last, and says how long to wait.
    fn wait_after(&mut self, error: &Error, kept: usize) -> Duration {
        let text = error.to_string();
        if self.logged.as_ref() != Some(&text) {
            tracing::warn!(kept, error = %text, "the instances are not known; the last good set stays");
            self.logged = Some(text);
        }
        let wait = self.wait.map_or(FIRST_BACKOFF, |last| (last * 2).min(LONGEST_BACKOFF));
        *self.wait.insert(wait)
    }
}
