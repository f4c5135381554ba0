//! The stores of all services, opened to be read while nothing runs.

use std::{collections::BTreeMap, error::Error as _};

use payment_clients::contract::error::{Error, Result};

use crate::{
    accounting, admin, analytics, bank_sim, cashier, channel_adapter, channel_sim, config_service, gateway, geo_sim,
    kit::store::{Book, Row, Store, Stores, View},
    kyc, merchant, merchant_auth, merchant_config, notification, order, rate_sim, risk, settlement, withdrawal,
};

/// Each store by its name, and the schema that this program knows.
const STORES: &[(&str, &[&str])] = &[
    ("accounting", accounting::store::MIGRATIONS),
    ("admin", admin::store::MIGRATIONS),
    ("analytics", analytics::store::MIGRATIONS),
    ("bank-sim", bank_sim::store::MIGRATIONS),
    ("cashier", cashier::store::MIGRATIONS),
    ("channel-adapter", channel_adapter::store::MIGRATIONS),
    ("channel-sim", channel_sim::store::MIGRATIONS),
    ("config", config_service::store::MIGRATIONS),
    ("gateway", gateway::store::MIGRATIONS),
    ("geo-sim", geo_sim::store::MIGRATIONS),
    ("kyc", kyc::store::MIGRATIONS),
    ("merchant", merchant::store::MIGRATIONS),
    ("merchant-auth", merchant_auth::store::MIGRATIONS),
    ("merchant-config", merchant_config::store::MIGRATIONS),
    ("notification", notification::store::MIGRATIONS),
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
        for &(name, migrations) in STORES {
            if stores.has(name)? {
                let book = stores.book(name).and_then(|book| book.knows(migrations).map(|()| book));
                books.insert(name, book.map_err(|error| unreadable(name, &error))?);
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

    /// The names of those that are there.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.books.keys().copied()
    }

    /// Opens one store to be changed.
    ///
    /// # Errors
    /// When it is not there, or cannot be opened.
    pub fn open_store(&self, store: &str) -> Result<Store> {
        self.book(store)?;
        let migrations = STORES.iter().find(|(name, _)| *name == store).map_or(&[][..], |(_, migrations)| migrations);
        self.stores.open(store, migrations)
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

    /// What is found in one store.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    pub fn read<T: Send>(&self, store: &str, find: fn(&View<'_>) -> Result<T>) -> Result<T> {
        self.book(store)?.read(find).map_err(|error| unreadable(store, &error))
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
        self.book(store)?.read(|view| view.all(sql, &[], read)).map_err(|error| unreadable(store, &error))
    }
}

/// Says which store it is and what is wrong with it: whoever checks is no caller from whom that is to be kept.
fn unreadable(store: &str, error: &Error) -> Error {
    let cause = error.source().map_or_else(|| error.message().to_owned(), ToString::to_string);
    Error::configuration(format!("the store of {store} cannot be read: {cause}"))
}
