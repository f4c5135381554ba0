//! bank-transfer-api: payouts by a bank, a partner outside of the platform.
//!
//! Two profiles of it are declared: the transfers that the platform's documents describe, and the calls of one bank's own
//! API, named after it. They differ in what a repeat does, so they differ in their classes.

mod icbc;
mod transfers;

use std::time::Duration;

use crate::contract::{
    headers,
    partner::{KeyScope, NotBegun, Profile, Replay},
};

pub use self::{icbc::*, transfers::*};

/// What the bank promises about repeats of a transfer: `order_no` names it for ever, and a repeat answers the state that it
/// is in. A busy bank has accepted nothing, and says so with a code of its own; any other 503 may be that of a proxy.
pub const PROFILE: Profile = Profile {
    name: "the bank",
    key_header: headers::IDEMPOTENCY_KEY,
    key_length: 64,
    scope: KeyScope::Account,
    key_lifetime: Duration::MAX,
    replay: Replay::Answered,
    not_begun: &[NotBegun { status: 503, code: Some("bank_busy") }],
};
