//! Putting a client together: settings, the stack, and the handle that typed clients hold.
//!
//! | file | for |
//! |---|---|
//! | [`builder`] | from settings to a client |
//! | [`base`] | [`BaseClient`], where a call enters the stack; it can be reconfigured while it works |
//! | [`stack`] | the stack: its order, and the one function that builds it |
//! | [`wire`] | the innermost layer: headers, signature, the attempt's span, what an answer or a failure means |
//! | [`signer`] | signs as a merchant |
//! | `fleet` | the instances, and the task that follows their source |
//! | [`keys`] | keys that a restarted process derives again |
//! | [`journal`] | what is written down before money moves |
//! | [`reconcile`] | what became of an effect in doubt, now or after a restart |
//! | [`config`] | the rules that settings must keep; the numbers are in [`resilience::settings`](crate::resilience::settings) |
//! | [`named`] | settings by name, which the environment and a file can say |
//! | [`env`](mod@env) | settings from the environment |
//! | [`report`] | what settings promise, computed from the numbers alone |
//! | [`status`] | how a client stands now: breakers, limits, queue, budget |
//!
//! # What settings promise
//!
//! ```
//! use payment_clients::{
//!     client::{ClientConfig, report::Workload},
//!     contract::operation::{Service, Tier},
//! };
//!
//! let orders = Service { name: "order-service", port: Some(40004), tier: Tier::Critical };
//! let report = ClientConfig::of(&orders).report(Workload { calls_per_kilosecond: 100_000, instances: 3 });
//! println!("{report}");
//! // A hundred calls a second, all failing: one retry in a thousand calls is all that is added.
//! assert_eq!(report.tiers[Tier::Critical as usize].outage_attempts_permille, 1001);
//! ```

pub mod base;
pub mod builder;
pub mod config;
pub mod env;
mod fleet;
pub mod journal;
pub mod keys;
pub mod named;
pub mod reconcile;
pub mod report;
pub mod signer;
pub mod stack;
pub mod status;
pub mod wire;

use crate::contract::{operation::Service, partner::Profile};

pub use base::BaseClient;
pub use builder::{ClientBuilder, Place};
pub use config::ClientConfig;
pub use journal::{FileJournal, KeyJournal, MemoryJournal};
pub use reconcile::Recovered;

/// A typed client, written by the derive of the same name: for code that makes clients of several services alike.
pub trait ServiceClient: From<BaseClient> {
    /// The service that it calls.
    const SERVICE: Service;

    /// What the service promises about repeats; the platform's own promise where nothing else was said.
    fn profile() -> Profile {
        Profile::PLATFORM
    }
}
