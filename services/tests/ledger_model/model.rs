//! The model: sums in a map, and rules in the order in which the ledger asks them.

use std::collections::{BTreeMap, BTreeSet};

use payment_services::{
    accounting::ledger::{Account, How, Journal, Leg, Rule},
    kit::store::View,
};

use crate::moves::Move;

/// Sums of one account: posted and held debits and credits, and how often they have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub dp: i64,
    pub cp: i64,
    pub dh: i64,
    pub ch: i64,
    pub version: i64,
}

/// What became of a move.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Booked, with these places.
    Booked(Vec<i64>),
    /// It stood there already, or it was no journal.
    Nothing,
    Refused(String),
}

#[derive(Debug, Default)]
pub struct Model {
    pub accounts: BTreeMap<Account, Sums>,
    pub journals: BTreeMap<String, Journal>,
    /// Open holds by their place.
    pub open: BTreeMap<i64, Leg>,
    inactive: BTreeSet<Account>,
    transfers: i64,
    seen: BTreeMap<String, u64>,
}

/// What the store says: its accounts, and how many transfers it has.
pub struct Rows {
    accounts: BTreeMap<Account, Sums>,
    transfers: i64,
}

pub fn rows(view: &View<'_>) -> Rows {
    let accounts = view.all("SELECT id, dp, cp, dh, ch, version FROM ledger_accounts", &[], |row| {
        let [dp, cp, dh, ch, version] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
        Ok((row.parse(0)?, Sums { dp, cp, dh, ch, version }))
    });
    // Places are dense, so the last one is how many there are.
    let last = view.one("SELECT COALESCE(MAX(seq), 0) FROM transfers", &[], |row| row.get(0));
    Rows { accounts: accounts.unwrap().into_iter().collect(), transfers: last.unwrap() }
}

impl Model {
    pub fn seen(&self, outcome: &str) -> u64 {
        self.seen.get(outcome).copied().unwrap_or(0)
    }

    pub fn play(&mut self, step: &Move) -> Verdict {
        let (word, verdict) = match step {
            Move::SetStatus(account, status) => {
                if *status == "active" {
                    self.inactive.remove(account);
                } else if self.accounts.contains_key(account) {
                    self.inactive.insert(account.clone());
                }
                ("status".to_owned(), Verdict::Nothing)
            }
            Move::Book(journal) => match self.book(journal) {
                Ok(Some(places)) => ("booked".to_owned(), Verdict::Booked(places)),
                Ok(None) => ("exists".to_owned(), Verdict::Nothing),
                Err(code) => (code.to_owned(), Verdict::Refused(code.to_owned())),
            },
        };
        *self.seen.entry(word).or_default() += 1;
        verdict
    }

    fn book(&mut self, journal: &Journal) -> Result<Option<Vec<i64>>, &'static str> {
        match self.journals.get(journal.id()) {
            Some(known) if known == journal => return Ok(None),
            Some(_) => return Err("REFERENCE_REUSED"),
            None => {}
        }
        let mut after = (self.accounts.clone(), self.open.clone());
        let mut places = Vec::new();
        for leg in journal.legs() {
            self.move_leg(&mut after, leg)?;
            let place = self.transfers + 1 + i64::try_from(places.len()).unwrap();
            if leg.how() == How::Hold {
                after.1.insert(place, leg.clone());
            }
            places.push(place);
        }
        (self.accounts, self.open) = after;
        self.transfers += i64::try_from(places.len()).unwrap();
        self.journals.insert(journal.id().to_owned(), journal.clone());
        Ok(Some(places))
    }

    fn move_leg(
        &self,
        (accounts, open): &mut (BTreeMap<Account, Sums>, BTreeMap<i64, Leg>),
        leg: &Leg,
    ) -> Result<(), &'static str> {
        if leg.resolves().is_some_and(|place| open.remove(&place).is_none()) {
            return Err("HOLD_ENDED");
        }
        if self.inactive.contains(leg.debit()) || self.inactive.contains(leg.credit()) {
            return Err("ACCOUNT_NOT_ACTIVE");
        }
        let (posted, held) = leg.deltas();
        let debit = accounts.entry(leg.debit().clone()).or_default();
        if leg.debit().class().rule() == Rule::Credit && debit.cp - debit.dp - debit.dh < posted + held {
            return Err("INSUFFICIENT_BALANCE");
        }
        (debit.dp, debit.dh, debit.version) = (debit.dp + posted, debit.dh + held, debit.version + 1);
        let credit = accounts.entry(leg.credit().clone()).or_default();
        (credit.cp, credit.ch, credit.version) = (credit.cp + posted, credit.ch + held, credit.version + 1);
        Ok(())
    }

    /// What must hold after every move: the store says what the model says, to the last row, and neither has made money
    /// or owes what it has not.
    pub fn check(&self, rows: &Rows, after: &str) {
        assert_eq!(rows.accounts, self.accounts, "{after}");
        assert_eq!(rows.transfers, self.transfers, "{after}");
        let mut totals: BTreeMap<_, [i64; 4]> = BTreeMap::new();
        for (account, sums) in &rows.accounts {
            let Sums { dp, cp, dh, ch, .. } = *sums;
            assert!([dp, cp, dh, ch].into_iter().all(|sum| sum >= 0), "{account} has {sums:?}; {after}");
            assert!(account.class().rule() == Rule::None || cp - dp - dh >= 0, "{account} has {sums:?}; {after}");
            let total = totals.entry(account.currency()).or_default();
            for (total, sum) in total.iter_mut().zip([dp, cp, dh, ch]) {
                *total += sum;
            }
        }
        let mut held: BTreeMap<_, i64> = BTreeMap::new();
        for leg in self.open.values() {
            *held.entry(leg.debit().currency()).or_default() += leg.amount();
        }
        for (currency, [dp, cp, dh, ch]) in totals {
            assert_eq!((dp, dh), (cp, ch), "{currency}: debits equal credits; {after}");
            assert_eq!(dh, held.get(&currency).copied().unwrap_or(0), "{currency}: what is held is open; {after}");
        }
    }
}
