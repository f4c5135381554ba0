//! What must hold at any moment, read from the tables alone: nothing here asks the code that wrote them.
//!
//! | name | says |
//! |---|---|
//! | I1 | in each currency, debits equal credits, posted and held |
//! | I2 | the sums of each account are the fold of its transfers |
//! | I3 | no account with a rule was below zero after any transfer, not only after the last |
//! | I4 | a hold is resolved at most once, between its own accounts, by no more than its amount |
//! | I5 | versions of an account are 1, 2, 3 …, and the chain of hashes is whole |
//! | I6 | a journal has the legs of its kind, and its accounts are of its currency |
//! | I12 | a kept fee is what its plan gives; a settlement takes the fees of what it claims |
//! | I13 | what is settled is claimed once, and adds up to the settlement |

mod books;
mod settlements;

use payment_clients::contract::error::Result;

use crate::kit::{invariants::Violation, store::View};

/// Every violation in the books of a store.
///
/// # Errors
/// When the store cannot be read.
pub fn check(view: &View<'_>) -> Result<Vec<Violation>> {
    let mut found = books::check(view)?;
    found.extend(settlements::check(view)?);
    Ok(found)
}
