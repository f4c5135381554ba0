//! The four books, read from the services' files after everything has stopped: what each of them, on its own, holds as
//! paid.

use std::{collections::BTreeMap, error::Error as _, fmt};

use payment_clients::contract::{
    error::{Error, Result},
    money::{Currency, Money},
};

use crate::kit::store::{Row, Stores};

/// One service's word on which payments succeeded.
#[derive(Clone, Copy, Debug)]
struct Source {
    name: &'static str,
    service: &'static str,
    sums: &'static str,
    payments: &'static str,
}

/// Where each book stands and which of its rows are money that was paid.
const SOURCES: [Source; 4] = [
    Source {
        name: "gateway",
        service: "gateway",
        sums: "SELECT UPPER(currency), COUNT(*), CAST(SUM(amount) AS BIGINT) FROM payments WHERE status = 'success' GROUP BY 1",
        payments: "SELECT payment_no, UPPER(currency), amount FROM payments WHERE status = 'success'",
    },
    Source {
        name: "order",
        service: "order",
        sums: "SELECT UPPER(currency), COUNT(*), CAST(SUM(total_amount) AS BIGINT) FROM orders WHERE pay_status = 'paid' GROUP BY 1",
        payments: "SELECT payment_no, UPPER(currency), total_amount FROM orders WHERE pay_status = 'paid'",
    },
    Source {
        name: "channel_adapter",
        service: "channel-adapter",
        sums: "SELECT UPPER(currency), COUNT(*), CAST(SUM(amount) AS BIGINT) FROM payments WHERE status = 'success' GROUP BY 1",
        payments: "SELECT payment_no, UPPER(currency), amount FROM payments WHERE status = 'success'",
    },
    Source {
        name: "channel",
        service: "channel-sim",
        sums: "SELECT UPPER(currency), COUNT(*), CAST(SUM(amount) AS BIGINT) FROM intents WHERE status = 'captured' GROUP BY 1",
        payments: "SELECT payment_no, UPPER(currency), amount FROM intents WHERE status = 'captured'",
    },
];

/// Payments and their amount, in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// How many.
    pub payments: u64,
    /// Minor units together.
    pub amount: i64,
}

/// One book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// Whose: `gateway`, `order`, `channel_adapter` or `channel`.
    pub name: &'static str,
    /// What it holds as paid.
    pub totals: BTreeMap<Currency, Total>,
}

/// A payment that two books tell differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The payment.
    pub payment_no: String,
    /// What each book holds as paid, in the order of the books.
    pub amounts: [Option<Money>; SOURCES.len()],
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "payment {}:", self.payment_no)?;
        for (source, amount) in SOURCES.iter().zip(&self.amounts) {
            match amount {
                Some(money) => write!(f, " {} {money}", source.name)?,
                None => write!(f, " {} nothing", source.name)?,
            }
        }
        Ok(())
    }
}

/// Reads the four books. Their services must have stopped.
///
/// # Errors
/// When a file is missing or cannot be read.
pub fn read(stores: &Stores) -> Result<Vec<Book>> {
    SOURCES.iter().map(|source| source.book(stores)).collect()
}

/// The payments that the books tell differently, at most `most`.
///
/// # Errors
/// As [`read`].
pub fn differences(stores: &Stores, most: usize) -> Result<Vec<Difference>> {
    let mut payments: BTreeMap<String, [Option<Money>; SOURCES.len()]> = BTreeMap::new();
    for (position, source) in SOURCES.iter().enumerate() {
        for (payment_no, money) in source.payments(stores)? {
            payments.entry(payment_no).or_default()[position] = Some(money);
        }
    }
    let different = payments.into_iter().filter(|(_, amounts)| amounts.iter().any(|amount| *amount != amounts[0]));
    Ok(different.take(most).map(|(payment_no, amounts)| Difference { payment_no, amounts }).collect())
}

impl Source {
    fn book(&self, stores: &Stores) -> Result<Book> {
        let totals = self.rows(stores, self.sums, |row| {
            let payments = u64::try_from(row.get::<i64>(1)?).unwrap_or_default();
            Ok((row.get(0)?, Total { payments, amount: row.get(2)? }))
        })?;
        Ok(Book { name: self.name, totals: totals.into_iter().collect() })
    }

    fn payments(&self, stores: &Stores) -> Result<Vec<(String, Money)>> {
        self.rows(stores, self.payments, |row| Ok((row.get(0)?, Money::new(row.get(2)?, row.get(1)?))))
    }

    fn rows<T: Send>(
        &self,
        stores: &Stores,
        sql: &'static str,
        read: impl FnMut(&Row<'_>) -> Result<T> + Send,
    ) -> Result<Vec<T>> {
        let opened = stores.book(self.service);
        opened.and_then(|book| book.read(|view| view.all(sql, &[], read))).map_err(|error| {
            let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            Error::configuration(format!("the book of {} cannot be read: {cause}", self.name))
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use payment_clients::contract::money::Currency;

    use super::{Total, differences, read};
    use crate::kit::store::Stores;

    /// Writes a book as its service leaves it.
    async fn write(stores: &Stores, service: &str, migrations: &[&str]) {
        stores.open(service, migrations).unwrap().close().await.unwrap();
    }

    const PAYMENTS: &str = "CREATE TABLE payments (payment_no TEXT, amount INTEGER, currency TEXT, status TEXT) STRICT";
    const ORDERS: &str =
        "CREATE TABLE orders (payment_no TEXT, total_amount INTEGER, currency TEXT, pay_status TEXT) STRICT";
    const INTENTS: &str = "CREATE TABLE intents (payment_no TEXT, amount INTEGER, currency TEXT, status TEXT) STRICT";

    #[tokio::test]
    async fn only_what_was_paid_is_added_up_and_differences_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let stores = Stores::folder(folder.path());
        let rows = "INSERT INTO payments VALUES ('PY1', 500, 'USD', 'success'), ('PY2', 70, 'USD', 'failed'), \
                    ('PY3', 20, 'USD', 'success')";
        write(&stores, "gateway", &[PAYMENTS, rows]).await;
        write(&stores, "channel-adapter", &[PAYMENTS, rows]).await;
        let rows = "INSERT INTO orders VALUES ('PY1', 500, 'USD', 'paid'), ('PY2', 70, 'USD', 'pending'), \
                    ('PY3', 20, 'USD', 'pending')";
        write(&stores, "order", &[ORDERS, rows]).await;
        let rows = "INSERT INTO intents VALUES ('PY1', 500, 'usd', 'captured'), ('PY3', 20, 'usd', 'captured')";
        write(&stores, "channel-sim", &[INTENTS, rows]).await;

        let books = read(&stores).unwrap();
        let sums: Vec<(&str, Total)> = books.iter().map(|book| (book.name, book.totals[&Currency::USD])).collect();
        let (both, one) = (Total { payments: 2, amount: 520 }, Total { payments: 1, amount: 500 });
        assert_eq!(sums, [("gateway", both), ("order", one), ("channel_adapter", both), ("channel", both)]);

        let told: Vec<String> = differences(&stores, 10).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(told, ["payment PY3: gateway 0.20 USD order nothing channel_adapter 0.20 USD channel 0.20 USD"]);
    }

    #[test]
    fn a_missing_book_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let stores = Stores::folder(folder.path());
        let error = read(&stores).unwrap_err();
        assert!(error.message().starts_with("the book of gateway cannot be read"), "{error}");
    }

    #[tokio::test]
    async fn a_book_without_its_table_is_named_with_the_cause() {
        let folder = tempfile::tempdir().unwrap();
        let stores = Stores::folder(folder.path());
        write(&stores, "gateway", &[]).await;
        let error = read(&stores).unwrap_err();
        assert!(error.message().contains("no such table: payments"), "{error}");
    }
}
