//! A small collector: takes spans as OTLP over gRPC and keeps those of the latest traces in memory, so that a console can
//! show them and a test can ask for them. A real one has disks and queries; this one needs neither to be installed nor run.
//!
//! | file | part |
//! |---|---|
//! | [`receive`] | the gRPC service |
//! | [`traces`] | what is kept, within bounds |

pub mod receive;
pub mod traces;

pub use receive::Collector;
pub use traces::{SpanView, Traces};
