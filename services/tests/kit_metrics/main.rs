//! What a service shows of its calls, of what is asked of it, and of itself; and that whatever is called how, the memory for
//! it has a bound.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod calls;
mod requests;
mod stage;
