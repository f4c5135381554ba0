//! What is sold: real purchases, in an order, in currencies and to payers that follow from the seed alone.

use std::{collections::VecDeque, io::Read};

use payment_clients::{
    contract::{
        error::{Error, Result},
        money::{Currency, Money},
    },
    seams::Rng,
};

use crate::demo::input::{Purchase, Purchases};

/// A purchase that is to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Its place in the day, from 1; order number and key follow from it.
    pub number: usize,
    /// The shop, by its place in the cast.
    pub shop: usize,
    /// Who buys.
    pub customer: String,
    /// How the channel behaves towards the customer.
    pub payer: &'static str,
    /// What is paid.
    pub money: Money,
}

/// The sales of a day that have not been made.
#[derive(Debug)]
pub struct Sales(VecDeque<Sale>);

/// Who pays as it should be.
pub const PAYER: &str = "payer";

/// Of a hundred customers so many are sold to in these currencies. Prices are in US cents; so many minor units of the
/// currency are asked for a hundred of them.
const CURRENCIES: [(u64, Currency, i64); 4] =
    [(40, Currency::USD, 100), (25, Currency::EUR, 92), (20, Currency::JPY, 150), (15, Currency::BHD, 376)];
/// Of a hundred customers so many are of these kinds, in the channel's words; all others pay as it should be. Eight of a
/// hundred are declined, now or by a webhook.
const PAYERS: [(u64, &str); 6] =
    [(5, "decline"), (3, "fail"), (3, "duplicate"), (2, "lose_answer"), (2, "refuse_once"), (1, "late")];
/// Of a hundred sales so many are the first shop's; the rest is the second's.
const FIRST_SHOP: u64 = 60;

// === impl Sales ===

impl Sales {
    /// So many sales, of the purchases of a file. Purchases of nothing cannot be paid, and rows that are none are left out.
    ///
    /// # Errors
    /// When the file ends in the middle, or holds nothing that can be paid.
    pub fn draw<R: Read>(purchases: Purchases<R>, count: usize, rng: &Rng) -> Result<Self> {
        let rows = purchases.collect::<Result<Vec<_>, _>>().map_err(|cause| Error::configuration(cause.to_string()))?;
        let mut rows: Vec<_> = rows.into_iter().flatten().filter(|row| row.money.minor_units > 0).collect();
        if rows.is_empty() {
            return Err(Error::configuration("the file holds no purchase that can be paid"));
        }
        for last in (1..rows.len()).rev() {
            rows.swap(last, below(rng, last + 1));
        }
        let sales = (1..=count).zip(rows.iter().cycle()).map(|(number, row)| sale(number, row, rng));
        Ok(Self(sales.collect()))
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.0.len()
    }

    /// The next ones, at most so many.
    pub fn take(&mut self, count: usize) -> Vec<Sale> {
        self.0.drain(..count.min(self.0.len())).collect()
    }

    /// The next ones, to payers of this kind whatever they were.
    pub fn take_to(&mut self, payer: &'static str, count: usize) -> Vec<Sale> {
        self.take(count).into_iter().map(|sale| Sale { payer, ..sale }).collect()
    }

    /// The next one, to a payer of this kind.
    ///
    /// # Errors
    /// When all are made.
    pub fn one_to(&mut self, payer: &'static str) -> Result<Sale> {
        let sale = self.take_to(payer, 1).pop();
        sale.ok_or_else(|| Error::configuration("the day has too few payments for its acts; ask for more with --limit"))
    }
}

fn sale(number: usize, row: &Purchase, rng: &Rng) -> Sale {
    let (currency, per_hundred) = of_a_hundred(rng, CURRENCIES.map(|(share, currency, per)| (share, (currency, per))))
        .unwrap_or((Currency::USD, 100));
    let payer = of_a_hundred(rng, PAYERS).unwrap_or(PAYER);
    let shop = usize::from(rng.bits() % 100 >= FIRST_SHOP);
    // Prices of CDs: far from any limit.
    let amount = row.money.minor_units.saturating_mul(per_hundred) / 100;
    let money = Money::new(amount.max(1), currency);
    Sale { number, shop, customer: row.customer_id.clone(), payer, money }
}

/// One of these by its share in a hundred, or none.
fn of_a_hundred<T: Copy, const N: usize>(rng: &Rng, shares: [(u64, T); N]) -> Option<T> {
    let drawn = rng.bits() % 100;
    let mut sum = 0;
    shares
        .into_iter()
        .find(|(share, _)| {
            sum += share;
            drawn < sum
        })
        .map(|(_, thing)| thing)
}

fn below(rng: &Rng, limit: usize) -> usize {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    usize::try_from(rng.bits() % limit).unwrap_or(0)
}

// === impl Sale ===

impl Sale {
    /// The merchant's number of the order, and the key under which it is paid.
    pub fn order_no(&self) -> String {
        format!("day-{}", self.number)
    }

    /// The customer's address; the channel reads its first part.
    pub fn email(&self) -> String {
        let Self { customer, payer, .. } = self;
        if *payer == PAYER {
            format!("customer-{customer}@example.com")
        } else {
            format!("{payer}@customer-{customer}.example")
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use payment_clients::seams::Rng;

    use super::{Sale, Sales};
    use crate::demo::input::Purchases;

    fn draw(seed: u64, count: usize) -> Vec<Sale> {
        let rows = (1..=50).map(|number| format!("c{number},1997-01-01,1,{},USD\n", number * 100 % 4_900));
        let text = "customer_id,date,quantity,amount_minor,currency\n".to_owned() + &rows.collect::<String>();
        let purchases = Purchases::new("test.csv", text.as_bytes()).unwrap();
        Sales::draw(purchases, count, &Rng::seeded(seed)).unwrap().take(count)
    }

    #[test]
    fn a_seed_names_the_sales_and_another_one_others() {
        assert_eq!(draw(42, 200), draw(42, 200));
        assert_ne!(draw(42, 200), draw(43, 200));
    }

    #[test]
    fn everything_is_sold_in_each_currency_to_each_kind_of_payer_and_never_for_nothing() {
        let sales = draw(7, 1000);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for sale in &sales {
            for word in [sale.money.currency.to_string(), sale.payer.to_owned(), format!("shop {}", sale.shop)] {
                *counts.entry(word).or_default() += 1;
            }
        }
        assert_eq!((sales.len(), counts.len()), (1000, 4 + 7 + 2), "{counts:?}");
        assert!(sales.iter().all(|sale| sale.money.minor_units > 0));
        assert!((40..130).contains(&(counts["decline"] + counts["fail"])), "{counts:?}");
    }
}
