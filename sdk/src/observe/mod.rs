//! What a call shows of itself: spans for people, a trace for machines, a recorder for counters.
//!
//! * one span `call` per call and one span `attempt` per attempt inside it ([`span`]);
//! * `traceparent` on every attempt, joined to the call being served ([`propagate`]);
//! * one event at the end of each call, before each retry and with each change of a breaker (`told`);
//! * a [`Recorder`](recorder::Recorder) that is told about them, for metrics.

pub mod propagate;
pub mod recorder;
pub mod span;
pub(crate) mod told;
