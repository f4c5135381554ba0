//! risk-service: whether a payment may be tried at all. Checks decide, by rules and by a blacklist.

mod blacklist;
mod checks;
mod rules;

pub use self::{blacklist::*, checks::*, rules::*};
