//! The ledger: who owns what, as a list of transfers that is only ever added to.
//!
//! A **transfer** moves one amount from a debit to a credit account, so debits equal credits by construction. Transfers
//! that belong together stand in a **journal**, whose id follows from what it books (`cap:{payment}`): booking it again
//! finds it. A **hold** sets an amount aside and is resolved by exactly one other transfer, which posts or voids it.
//! Sums on the accounts are kept beside the transfers and always equal to their fold.
//!
//! | file | has |
//! |---|---|
//! | `chart` | the accounts, and which may not go below zero |
//! | `journal` | journals and their legs, and which legs each kind may have |
//! | `book` | the one way in which a journal is booked |
//! | `policy` | the decisions that everything else relies on |
//! | `chain` | what makes a changed or missing transfer show |
//! | `schema` | the tables |
//! | `fees`, `split`, `exchange` | what is taken, shared and exchanged, in whole minor units |
//! | `invariants` | what must hold at any moment, checked from the tables alone |

mod book;
mod chain;
mod chart;
mod journal;

pub mod exchange;
pub mod fees;
pub mod invariants;
pub mod policy;
pub mod schema;
pub mod split;

pub use self::{
    book::{
        Booked, Entry, INSERT_JOURNAL, INSERT_TRANSFER, INSUFFICIENT, NOT_ACTIVE, Outcome, REUSED, book, held, open,
    },
    chart::{Account, Category, Class, Rule},
    journal::{Held, How, Journal, Kind, Leg, MAX_AMOUNT},
};

/// Declares an enum of words that a column holds.
macro_rules! words {
    ($(#[$attr:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$attr])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word in the store.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    other => Err(format!(concat!("`{}` is no ", stringify!($name)), other)),
                }
            }
        }
    };
}
use words;
