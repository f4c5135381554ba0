//! The stores of all services, opened to be read while nothing runs.

use std::collections::BTreeMap;

use payment_clients::contract::error::{Error, Result};

use crate::{
    accounting, bank_sim, channel_adapter, channel_sim, config_service, gateway,
    kit::store::{Book, Row, Stores},
    merchant, merchant_auth, order, rate_sim, risk, settlement, withdrawal,
};

/// Each store by its name, and the schema that this program knows.
const STORES: [(&str, &[&str]); 13] = [
    ("accounting", accounting::store::MIGRATIONS),
    ("bank-sim", bank_sim::store::MIGRATIONS),
    ("channel-adapter", channel_adapter::store::MIGRATIONS),
    ("channel-sim", channel_sim::store::MIGRATIONS),
    ("config", config_service::store::MIGRATIONS),
    ("gateway", gateway::store::MIGRATIONS),
    ("merchant", merchant::store::MIGRATIONS),
    ("merchant-auth", merchant_auth::store::MIGRATIONS),
    ("order", order::store::MIGRATIONS),
    ("rate-sim", rate_sim::store::MIGRATIONS),
    ("risk", risk::store::MIGRATIONS),
    ("settlement", settlement::store::MIGRATIONS),
    ("withdrawal", withdrawal::store::MIGRATIONS),
];

/// The stores that there are.
pub struct Books {
    stores: Stores,
    books: BTreeMap<&'static str, Book>,
}

// === impl Books ===

impl Books {
    /// Opens every store that is there.
    ///
    /// # Errors
    /// When there is none, or one cannot be read: it is damaged, half migrated, or newer than this program.
    pub fn open(stores: &Stores) -> Result<Self> {
        let mut books = BTreeMap::new();
        for (name, migrations) in STORES {
            if stores.has(name)? {
                let book = stores.book(name)?;
                book.knows(migrations)?;
                books.insert(name, book);
            }
        }
        if books.is_empty() {
            let text = format!("{stores} holds no store of ours; name the folder or the database of a run");
            return Err(Error::configuration(text));
        }
        Ok(Self { stores: stores.clone(), books })
    }

    /// Where they are.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// True when the store is there.
    pub fn has(&self, store: &str) -> bool {
        self.books.contains_key(store)
    }

    /// One store.
    ///
    /// # Errors
    /// When it is not there.
    pub fn book(&self, store: &str) -> Result<&Book> {
        let missing = || Error::configuration(format!("{} holds no store of {store}", self.stores));
        self.books.get(store).ok_or_else(missing)
    }

    /// All rows of a statement on one store.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    pub fn rows<T: Send>(
        &self,
        store: &str,
        sql: &'static str,
        read: impl FnMut(&Row<'_>) -> Result<T> + Send,
    ) -> Result<Vec<T>> {
        self.book(store)?.read(|view| view.all(sql, &[], read))
    }
}
