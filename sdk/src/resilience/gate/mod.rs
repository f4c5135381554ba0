//! The circuit breaker of one instance.
use crate::contract::operation::Tier;
use std::time::{Duration, Instant};
/// Stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateSettings {}
impl GateSettings {
    /// Stub.
    pub const fn of(_: Tier) -> Self {
        Self {}
    }
    /// Stub.
    pub fn slow_after(&self, timeout: Duration) -> Duration {
        timeout * 4 / 5
    }
}
/// Stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Verdict {
    Success,
    SlowSuccess,
    Failure,
    RateFailure,
    ConnectFailure,
    Neutral,
    Cancelled,
}
/// Stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change;
impl Change {
    /// Stub.
    pub fn opened(&self) -> bool {
        false
    }
    /// Stub.
    pub fn recovered(&self) -> bool {
        false
    }
}
impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("changed")
    }
}
/// Stub.
#[derive(Debug)]
pub struct Gate;
/// Stub.
#[derive(Debug)]
pub struct Pass<'a>(&'a Gate);
/// Stub.
#[derive(Debug)]
pub struct Probe<'a>(&'a Gate);
impl Pass<'_> {
    /// Stub.
    pub fn record(self, _: Verdict, _: Instant) -> Option<Change> {
        let _ = self.0;
        None
    }
}
impl Probe<'_> {
    /// Stub.
    pub fn end(self, _: bool, _: Instant) -> Option<Change> {
        let _ = self.0;
        None
    }
}
impl Gate {
    /// Stub.
    pub fn new(_: GateSettings, _: Instant) -> Self {
        Self
    }
    /// Stub.
    pub fn is_ready(&self, _: Instant) -> bool {
        true
    }
    /// Stub.
    pub fn is_closed(&self, _: Instant) -> bool {
        true
    }
    /// Stub.
    pub fn admit(&self, _: Instant, _: bool, _: u64) -> Result<Pass<'_>, ()> {
        Ok(Pass(self))
    }
    /// Stub.
    pub fn bypass(&self) -> Pass<'_> {
        Pass(self)
    }
    /// Stub.
    pub fn probe(&self, _: Instant) -> Option<Probe<'_>> {
        None
    }
}
