//! Putting a client together: settings, the stack, and the handle that typed clients hold.
//!
//! | file | for |
//! |---|---|
//! | [`base`] | [`BaseClient`], where a call enters the stack |
//! | [`stack`] | the stack: its order, and the one function that builds it |
//! | [`wire`] | the innermost layer: headers, the attempt's span, what an answer or a failure means |
//! | [`report`] | what settings promise, computed from the numbers alone |
//! | `fleet` | the instances, and the task that follows their source |
//! | [`config`], [`env`](mod@env) | every number, its default, its bounds |
//! | [`builder`] | from settings to a client |

pub mod base;
pub mod builder;
pub mod config;
pub mod env;
mod fleet;
pub mod report;
pub mod stack;
pub mod wire;

pub use base::BaseClient;
pub use builder::{ClientBuilder, Place};
pub use config::ClientConfig;
