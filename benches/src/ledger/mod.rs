//! Journals booked by the ledger through the store, and by nothing but statements.
//!
//! | file | holds |
//! |---|---|
//! | [`bare`] | the plain loops, one for each engine |
//! | [`report`] | figures, aims, and how they are printed |

pub mod bare;
pub mod report;

use futures_util::{StreamExt, TryStreamExt, stream};
use payment_clients::{contract::money::Currency, seams::Clock};
use payment_services::{
    accounting::{
        ledger::{self, Account, Class, Journal, Kind, Leg},
        store::MIGRATIONS,
    },
    kit::store::{Store, Stores, Tx},
};
use std::time::Duration;
use tokio::runtime::Builder;

use self::{
    bare::{Bare, Entry},
    report::{Figures, Row},
};

/// What may go wrong in a bench.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Journals of each kind in one round.
    pub journals: usize,
    /// Rounds; each measures everything once, in turns.
    pub rounds: usize,
    /// Callers that book at once, and journals that the plain loop commits together.
    pub at_once: usize,
    /// Pairs of accounts, where there are many.
    pub pairs: usize,
}

const NOW: i64 = 1_761_307_200_000;

/// Measures one engine: one pair of accounts and many, one journal in flight and many.
pub fn measure<B: Bare>(
    engine: &'static str,
    stores: &Stores,
    plan: Plan,
    open: impl FnOnce() -> Outcome<B>,
) -> Outcome<Vec<Row>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let store = stores.open("accounting", MIGRATIONS)?;
    runtime.block_on(open_accounts(&store, plan.pairs))?;
    let mut bare = open()?;
    let mut rows = Vec::new();
    let mut number = 0;
    for (accounts, pairs) in [("one pair", 1), ("many", plan.pairs)] {
        for at_once in [1, plan.at_once] {
            let (mut ours, mut plain) = (Vec::new(), Vec::new());
            // The first round warms up, and is not counted.
            for round in 0..=plan.rounds {
                let mut next = || {
                    number += 1;
                    let pair = number % pairs;
                    capture(&format!("{number}"), pair)
                };
                let journals = (0..plan.journals).map(|_| next()).collect::<Outcome<Vec<_>>>()?;
                let booked = runtime.block_on(book(&store, journals, at_once))?;
                let journals = (0..plan.journals).map(|_| next()).collect::<Outcome<Vec<_>>>()?;
                let looped = repeat(&mut bare, &journals, at_once)?;
                if round > 0 {
                    ours.push(booked);
                    plain.push(looped);
                }
            }
            rows.push(Row::new((engine, accounts, at_once), &ours, &plain));
        }
    }
    runtime.block_on(store.close())?;
    Ok(rows)
}

/// Accounts that have been booked on once, as those of merchants have.
async fn open_accounts(store: &Store, pairs: usize) -> Outcome<()> {
    let journals = (0..pairs).map(|pair| capture(&format!("open-{pair}"), pair)).collect::<Outcome<Vec<_>>>()?;
    let unit = move |tx: &mut Tx<'_>| journals.iter().try_for_each(|journal| ledger::book(tx, journal, NOW).map(drop));
    Ok(store.write(unit).await?)
}

fn capture(name: &str, pair: usize) -> Outcome<Journal> {
    let from = Account::new(Class::ChannelReceivable, format!("channel-{pair}"), Currency::USD);
    let to = Account::new(Class::MerchantPending, format!("merchant-{pair}"), Currency::USD);
    Ok(Journal::new(format!("cap:{name}"), Kind::Capture, name, vec![Leg::single(from, to, 1_999)])?)
}

/// Books as a handler does: each journal in a unit of its own, so many at once.
async fn book(store: &Store, journals: Vec<Journal>, at_once: usize) -> Outcome<Figures> {
    let (clock, count) = (Clock::system(), journals.len());
    let begun = clock.now();
    let booked = stream::iter(journals).map(|journal| async {
        let begun = clock.now();
        store.write(move |tx| ledger::book(tx, &journal, NOW)).await?;
        Outcome::Ok(clock.now() - begun)
    });
    let times = booked.buffer_unordered(at_once).try_collect::<Vec<_>>().await?;
    Ok(Figures::new(count, clock.now() - begun, times))
}

/// Runs the ledger's statements one after another, and commits every so many. A journal takes from its first statement
/// to its commit.
fn repeat(bare: &mut impl Bare, journals: &[Journal], together: usize) -> Outcome<Figures> {
    let clock = Clock::system();
    let (begun, mut times) = (clock.now(), Vec::<Duration>::with_capacity(journals.len()));
    for group in journals.chunks(together) {
        let mut starts = Vec::with_capacity(together);
        bare.begin()?;
        for journal in group {
            starts.push(clock.now());
            bare.book(&Entry::of(journal)?)?;
        }
        bare.commit()?;
        let done = clock.now();
        times.extend(starts.into_iter().map(|start| done - start));
    }
    Ok(Figures::new(journals.len(), clock.now() - begun, times))
}
