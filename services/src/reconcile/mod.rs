//! `payments reconcile`: three books of the same money, compared line by line and in sum.
//!
//! | comparison | by |
//! |---|---|
//! | ledger ↔ channel | the channel's number of the payment or refund |
//! | ledger ↔ bank | the number that travels with a transfer from end to end |
//! | ledger ↔ itself | currency: debits and credits, posted and held |
//!
//! The two outside books are those of the simulators, or files in their place. A difference is a break, unless it
//! passes by itself: what our side still waits for, within the time that it may take.
//!
//! | file | holds |
//! |---|---|
//! | `lines` | a line of a book, and where lines come from |
//! | `matching` | what two books make of one number; pure |
//! | `report` | what is said in the end |

pub mod lines;
pub mod matching;
pub mod report;

use std::path::PathBuf;

use payment_clients::contract::error::Result;

use self::{
    matching::compare,
    report::{Pair, Report},
};
use crate::{check::books::Books, kit::store::Stores};

/// Files in place of the simulators' books.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The channel's.
    pub channel: Option<PathBuf>,
    /// The bank's.
    pub bank: Option<PathBuf>,
}

/// Compares the books as they stand at `now`.
///
/// # Errors
/// When a store or a file is missing or cannot be read.
pub fn reconcile(stores: &Stores, files: &Files, now: i64) -> Result<Report> {
    let books = Books::open(stores)?;
    let pairs = [
        (Pair::Channel, lines::through_channels(&books)?, lines::of_channel(&books, files.channel.as_deref())?),
        (Pair::Bank, lines::through_banks(&books)?, lines::of_bank(&books, files.bank.as_deref())?),
    ];
    let mut report = Report { ledger: lines::ledger(&books)?, ..Report::default() };
    for (pair, ours, theirs) in pairs {
        report.add(pair, &ours, &theirs, compare(&ours, &theirs, now));
    }
    Ok(report)
}
