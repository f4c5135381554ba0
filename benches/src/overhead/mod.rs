//! What the stack costs: the same call through it and through its peers, and its parts one by one.
//!
//! | file | holds |
//! |---|---|
//! | [`api`] | the API that is called, its bodies |
//! | [`server`] | the other end of the loopback, in a process of its own |
//! | [`peers`] | the clients that are compared |
//! | [`meter`] | time, processor time and allocations of a number of calls |
//! | [`loopback`] | the comparison |
//! | [`parts`], [`memory`] | the stack without a socket, part by part |
//! | [`telemetry`] | what it costs a call to be seen |
//! | [`report`] | figures, aims, and how they are printed |

pub mod api;
pub mod loopback;
pub mod memory;
pub mod meter;
pub mod parts;
pub mod peers;
pub mod report;
pub mod server;
pub mod telemetry;

/// What may go wrong in a bench.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Calls of each kind in one round.
    pub calls: usize,
    /// Rounds; each measures everything once, in turns.
    pub rounds: usize,
}
