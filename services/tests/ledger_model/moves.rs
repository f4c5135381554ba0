//! Random moves: journals of every kind, most of them possible, some twice, some in another's name, some too much.

use payment_clients::{contract::money::Currency, seams::Rng};
use payment_services::accounting::ledger::{Account, Class, Held, Journal, Kind, Leg, MAX_AMOUNT};

use crate::model::Model;

#[derive(Debug)]
pub enum Move {
    Book(Journal),
    /// Freezes a merchant's account, or thaws it.
    SetStatus(Account, &'static str),
}

pub struct Moves {
    rng: Rng,
    next: u64,
    /// Journals of late, to be booked again.
    recent: Vec<Journal>,
    /// Holds of late, open or not.
    holds: Vec<(i64, Leg)>,
}

const CURRENCIES: [&str; 3] = ["USD", "JPY", "BHD"];

impl Moves {
    pub fn seeded(seed: u64) -> Self {
        Self { rng: Rng::seeded(seed), next: 0, recent: Vec::new(), holds: Vec::new() }
    }

    fn below(&self, end: u64) -> u64 {
        self.rng.bits() % end
    }

    fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(u64::try_from(from.len()).unwrap())).unwrap();
        &from[index]
    }

    /// Mostly small, so that accounts run dry; now and then as large as one can be.
    fn amount(&self) -> i64 {
        match self.below(200) {
            0 => MAX_AMOUNT,
            1..=40 => 1,
            _ => 1 + i64::try_from(self.below(2_000)).unwrap(),
        }
    }

    fn of(&self, class: Class, currency: Currency) -> Account {
        let owner = match class {
            _ if class.is_merchants() => *self.pick(&["m1", "m2"]),
            Class::ChannelReceivable => "stripe",
            Class::Bank => "main",
            Class::Fees => "payment",
            _ => Account::PLATFORM,
        };
        Account::new(class, owner, currency)
    }

    pub fn next(&mut self, model: &Model) -> Move {
        if self.below(60) == 0 {
            let account = self.of(*self.pick(&Class::MERCHANTS), self.pick(&CURRENCIES).parse().unwrap());
            let status = if self.below(3) == 0 { "frozen" } else { "active" };
            return Move::SetStatus(account, status);
        }
        if self.below(12) == 0 && !self.recent.is_empty() {
            return Move::Book(self.pick(&self.recent).clone());
        }
        self.holds.extend(model.open.last_key_value().map(|(place, leg)| (*place, leg.clone())));
        if self.holds.len() > 64 {
            self.holds.drain(..32);
        }
        let journal = self.journal();
        self.recent.push(journal.clone());
        if self.recent.len() > 64 {
            self.recent.drain(..32);
        }
        Move::Book(journal)
    }

    fn journal(&mut self) -> Journal {
        self.next += 1;
        // One in thirty takes a name that may be taken.
        let number = if self.below(30) == 0 { self.below(self.next) } else { self.next };
        let (kind, legs) = match self.below(10) {
            0..=4 if !self.holds.is_empty() && self.below(2) == 0 => self.resolution(),
            0..=1 => self.hold(),
            2..=7 => self.in_and_out(),
            _ => self.several(),
        };
        Journal::new(format!("j:{number}"), kind, number.to_string(), legs).unwrap()
    }

    fn currency(&self) -> Currency {
        self.pick(&CURRENCIES).parse().unwrap()
    }

    fn hold(&self) -> (Kind, Vec<Leg>) {
        let currency = self.currency();
        let (from, to) = *self.pick(&[
            (Class::MerchantAvailable, Class::PayoutsInTransit),
            (Class::MerchantAvailable, Class::ChannelReceivable),
            (Class::MerchantPending, Class::ChannelReceivable),
            (Class::MerchantAvailable, Class::Liquidity),
        ]);
        (Kind::Hold, vec![Leg::hold(self.of(from, currency), self.of(to, currency), self.amount())])
    }

    /// Ends a hold, open or not, by what it was for.
    fn resolution(&self) -> (Kind, Vec<Leg>) {
        let (seq, leg) = self.pick(&self.holds).clone();
        let held = Held { seq, debit: leg.debit().clone(), credit: leg.credit().clone(), amount: leg.amount() };
        let to = held.credit.clone();
        let size = u64::try_from(held.amount).unwrap();
        let amount = if self.below(2) == 0 { held.amount } else { 1 + i64::try_from(self.below(size)).unwrap() };
        let fee = Leg::single(held.debit.clone(), self.of(Class::Fees, to.currency()), self.amount());
        let with_fee = self.below(3) == 0;
        match (self.below(2), to.class()) {
            (0, Class::ChannelReceivable) => {
                let mut legs = vec![Leg::post(held, amount)];
                legs.extend(with_fee.then_some(fee));
                (Kind::Refund, legs)
            }
            (0, Class::PayoutsInTransit) => {
                let bank = Leg::single(to.clone(), self.of(Class::Bank, to.currency()), amount);
                let mut legs = vec![Leg::post(held, amount), bank];
                legs.extend(with_fee.then_some(fee));
                (Kind::Withdrawal, legs)
            }
            (0, Class::Liquidity) => {
                let target = self.currency();
                let merchant = Account::new(Class::MerchantAvailable, held.debit.owner(), target);
                let out = Leg::single(self.of(Class::Liquidity, target), merchant, self.amount());
                let mut legs = vec![Leg::post(held, amount), out];
                legs.extend(with_fee.then_some(fee));
                (Kind::Conversion, legs)
            }
            _ => (Kind::Release, vec![Leg::void(held)]),
        }
    }

    fn in_and_out(&self) -> (Kind, Vec<Leg>) {
        let (kind, from, to) = *self.pick(&[
            (Kind::Capture, Class::ChannelReceivable, Class::MerchantPending),
            (Kind::Capture, Class::ChannelReceivable, Class::MerchantPending),
            (Kind::Refund, Class::MerchantPending, Class::ChannelReceivable),
            (Kind::Refund, Class::MerchantAvailable, Class::ChannelReceivable),
            (Kind::Stray, Class::ChannelReceivable, Class::Suspense),
            (Kind::Posting, Class::Adjustments, Class::MerchantAvailable),
            (Kind::Posting, Class::MerchantReserve, Class::Adjustments),
            (Kind::Posting, Class::MerchantAvailable, Class::Fees),
            (Kind::Reversal, Class::Fees, Class::MerchantAvailable),
            (Kind::ChannelPayout, Class::Bank, Class::ChannelReceivable),
        ]);
        let currency = self.currency();
        (kind, vec![Leg::single(self.of(from, currency), self.of(to, currency), self.amount())])
    }

    fn several(&self) -> (Kind, Vec<Leg>) {
        let currency = self.currency();
        let pending = self.of(Class::MerchantPending, currency);
        let available = Account::new(Class::MerchantAvailable, pending.owner(), currency);
        let net = Leg::single(pending.clone(), available, self.amount());
        (Kind::Settlement, vec![net, Leg::single(pending, self.of(Class::Fees, currency), self.amount())])
    }
}
