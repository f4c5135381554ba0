//! Who hears what the layers do on their own. They know neither logs nor metrics; whoever builds the stack does.

use std::{fmt, time::Duration};

use super::gate::Change;
use crate::{
    contract::{error::Error, request::Request},
    transport::instance::Instance,
};

/// Hears of retries and breakers, on the thread that decided: must not block.
pub(crate) trait Told: fmt::Debug + Send + Sync {
    /// A call is about to be sent again after a wait, because of this error. `budget_left` is in thousandths of a retry.
    fn retrying(&self, request: &Request, error: &Error, wait: Duration, budget_left: u32);

    /// The breaker of an instance changed.
    fn breaker_changed(&self, instance: &Instance, change: Change);
}
