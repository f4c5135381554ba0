//! What a day came to, from the stores alone: everything that must be the same in two days of one seed, and nothing that
//! chance decides, such as numbers and times.

use std::collections::BTreeMap;

use payment_clients::contract::error::Result;
use serde::Serialize;

use crate::check::books::Books;

/// How many, and how much together in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How many.
    pub count: i64,
    /// Minor units.
    pub amount: i64,
}

/// By what it is, such as `success USD`.
pub type Sums = BTreeMap<String, Sum>;

/// The money of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Money {
    /// Payments by final state and currency.
    pub payments: Sums,
    /// Refunds by final state and currency.
    pub refunds: Sums,
    /// Fees of payments by currency.
    pub fees: Sums,
    /// Settlements by final state and currency, net.
    pub settlements: Sums,
    /// Withdrawals by final state and currency.
    pub withdrawals: Sums,
    /// What is on the accounts of the ledger, by merchant, class and currency.
    pub balances: Sums,
}

impl Money {
    /// Adds up the stores of a day.
    ///
    /// # Errors
    /// When a store is missing or cannot be read.
    pub fn read(books: &Books) -> Result<Self> {
        const PAYMENTS: &str = "SELECT status || ' ' || UPPER(currency), COUNT(*), CAST(SUM(amount) AS BIGINT)
            FROM payments GROUP BY status, UPPER(currency)";
        const REFUNDS: &str = "SELECT status || ' ' || UPPER(currency), COUNT(*), CAST(SUM(amount) AS BIGINT)
            FROM refunds GROUP BY status, UPPER(currency)";
        const FEES: &str = "SELECT t.currency, COUNT(*), CAST(SUM(c.fee) AS BIGINT) FROM captures c
            JOIN transfers t ON t.seq = c.transfer GROUP BY t.currency";
        const SETTLEMENTS: &str = "SELECT status || ' ' || currency, COUNT(*), CAST(SUM(net_amount) AS BIGINT)
            FROM settlements GROUP BY status, currency";
        const WITHDRAWALS: &str = "SELECT status || ' ' || currency, COUNT(*), CAST(SUM(amount) AS BIGINT)
            FROM withdrawals GROUP BY status, currency";
        Ok(Self {
            payments: sums(books, "gateway", PAYMENTS)?,
            refunds: sums(books, "gateway", REFUNDS)?,
            fees: sums(books, "accounting", FEES)?,
            settlements: sums(books, "accounting", SETTLEMENTS)?,
            withdrawals: sums(books, "withdrawal", WITHDRAWALS)?,
            balances: balances(books)?,
        })
    }

    /// How many payments there are, of all states.
    pub fn count(&self) -> i64 {
        self.payments.values().map(|sum| sum.count).sum()
    }
}

fn sums(books: &Books, store: &str, sql: &'static str) -> Result<Sums> {
    let read =
        |row: &crate::kit::store::Row<'_>| Ok((row.get::<String>(0)?, Sum { count: row.get(1)?, amount: row.get(2)? }));
    Ok(books.rows(store, sql, read)?.into_iter().collect())
}

/// Accounts are named by merchants, whose ids are drawn anew each day: here by the merchants' names.
fn balances(books: &Books) -> Result<Sums> {
    const NAMES: &str = "SELECT id, name FROM merchants";
    const ACCOUNTS: &str = "SELECT owner, class, currency, cp - dp FROM ledger_accounts WHERE cp <> dp";
    let names: BTreeMap<String, String> =
        books.rows("merchant", NAMES, |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
    let mut sums = Sums::new();
    for (owner, class, currency, amount) in books.rows("accounting", ACCOUNTS, |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?, row.get::<i64>(3)?))
    })? {
        let owner = names.get(&owner).unwrap_or(&owner);
        let sum = sums.entry(format!("{owner} {class} {currency}")).or_default();
        sum.count += 1;
        sum.amount = sum.amount.saturating_add(amount);
    }
    Ok(sums)
}
