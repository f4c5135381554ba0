//! Background tasks that stop when they are asked to, and say so when they stop by themselves.

use std::{future::Future, time::Duration};

use tokio::{sync::watch, task::JoinSet};

/// Begins the shutdown of everything that holds a [`Shutdown`]; dropping it does too.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

/// Tells a task when to stop.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// The background tasks of one service.
#[derive(Debug)]
pub struct Tasks {
    stop: Stop,
    running: JoinSet<&'static str>,
    names: Vec<&'static str>,
}

/// A shutdown and the hand that begins it.
pub fn shutdown() -> (Stop, Shutdown) {
    let (begin, begun) = watch::channel(false);
    (Stop(begin), Shutdown(begun))
}

// === impl Stop ===

impl Stop {
    /// Begins the shutdown.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }
}

// === impl Shutdown ===

impl Shutdown {
    /// Waits until the shutdown begins.
    pub async fn begun(&mut self) {
        // An error means that nobody is left to begin it, which is the same.
        let _ = self.0.wait_for(|begun| *begun).await;
    }

    /// True once it has begun.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

// === impl Tasks ===

impl Default for Tasks {
    fn default() -> Self {
        Self { stop: shutdown().0, running: JoinSet::new(), names: Vec::new() }
    }
}

impl Tasks {
    /// Starts a task. It must end soon after its shutdown begins; an earlier end is reported as an error.
    pub fn spawn<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        name: &'static str,
        task: impl FnOnce(Shutdown) -> F,
    ) {
        let shutdown = self.shutdown();
        let task = task(shutdown.clone());
        self.running.spawn(async move {
            task.await;
            if !shutdown.has_begun() {
                tracing::error!(task = name, "a background task ended by itself");
            }
            name
        });
        self.names.push(name);
    }

    /// The shutdown of these tasks, for what is to stop together with them.
    pub fn shutdown(&self) -> Shutdown {
        Shutdown(self.stop.0.subscribe())
    }

    /// Stops all tasks, waiting at most `limit`. Returns the names of those that panicked or had to be aborted.
    pub async fn stop(mut self, limit: Duration) -> Vec<&'static str> {
        self.stop.begin();
        let mut unfinished = std::mem::take(&mut self.names);
        let wait = async {
            while let Some(ended) = self.running.join_next().await {
                match ended {
                    Ok(name) => unfinished.retain(|running| *running != name),
                    Err(error) => tracing::error!(%error, "a background task failed"),
                }
            }
        };
        // What is left is aborted with the set.
        let _ = tokio::time::timeout(limit, wait).await;
        unfinished
    }
}
