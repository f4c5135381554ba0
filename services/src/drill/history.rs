//! What was answered to the shops: whatever they were told has happened must be in the stores, whoever was killed since.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use payment_clients::contract::error::Result;

use crate::check::books::Books;

/// What can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// A payment was taken on.
    Payment,
    /// Money was paid back.
    Refund,
    /// A settlement was made.
    Settlement,
    /// A withdrawal was asked for.
    Withdrawal,
}

/// Everything that was answered.
#[derive(Debug, Default)]
pub struct History(Mutex<BTreeSet<(Told, String)>>);

// === impl Told ===

impl Told {
    const ALL: [Self; 4] = [Self::Payment, Self::Refund, Self::Settlement, Self::Withdrawal];

    /// Where it is kept, and as what.
    const fn kept(self) -> (&'static str, &'static str) {
        match self {
            Self::Payment => ("gateway", "SELECT payment_no FROM payments"),
            Self::Refund => ("gateway", "SELECT refund_no FROM refunds"),
            Self::Settlement => ("settlement", "SELECT id FROM settlements"),
            Self::Withdrawal => ("withdrawal", "SELECT id FROM withdrawals"),
        }
    }
}

// === impl History ===

impl History {
    /// This was answered.
    pub fn note(&self, told: Told, id: &impl ToString) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((told, id.to_string()));
    }

    /// What was answered and is in no store.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub fn missing(&self, books: &Books) -> Result<Vec<String>> {
        let mut missing = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for told in Told::ALL {
            let (store, sql) = told.kept();
            for id in books.rows(store, sql, |row| row.get::<String>(0))? {
                missing.remove(&(told, id));
            }
        }
        Ok(missing.into_iter().map(|(told, id)| format!("{told:?} {id}")).collect())
    }
}
