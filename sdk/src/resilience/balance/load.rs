//! Load: stub.
use std::time::{Duration, Instant};
/// Stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Sample {
    Latency(Duration),
    Penalty(Duration),
    None,
}
/// Stub.
#[derive(Debug)]
pub struct Load;
/// Stub.
#[derive(Debug)]
pub struct Flight<'a>(&'a Load);
impl Flight<'_> {
    /// Stub.
    pub fn end(self, _: Sample, _: Instant) {
        let _ = self.0;
    }
}
impl Load {
    /// Stub.
    pub fn new(_: Instant) -> Self {
        Self
    }
    /// Stub.
    pub fn cost(&self, _: Instant) -> Duration {
        Duration::ZERO
    }
    /// Stub.
    pub fn begin(&self, _: Instant) -> Flight<'_> {
        Flight(self)
    }
    /// Stub.
    pub fn reset(&self, _: Instant) {}
}
