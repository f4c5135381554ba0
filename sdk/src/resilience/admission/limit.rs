//! Limit: stub.
use std::time::{Duration, Instant};
/// Stub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitSettings {}
/// Stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Signal {
    Success,
    Drop,
    Ignore,
}
/// Stub.
#[derive(Debug)]
pub struct Limit;
/// Stub.
#[derive(Debug)]
pub struct Permit<'a>(&'a Limit);
impl Permit<'_> {
    /// Stub.
    pub fn end(self, _: Signal, _: Duration, _: Instant) {
        let _ = self.0;
    }
}
impl Limit {
    /// Stub.
    pub fn new(_: LimitSettings, _: Instant) -> Self {
        Self
    }
    /// Stub.
    pub fn limit(&self) -> u32 {
        1000
    }
    /// Stub.
    pub fn has_room(&self) -> bool {
        true
    }
    /// Stub.
    pub fn try_acquire(&self, _: Instant) -> Option<Permit<'_>> {
        Some(Permit(self))
    }
}
