//! Journals: transfers that are booked together or not at all, and what each kind of them may consist of.

use payment_clients::contract::error::{Error, Result};
use sha2::{Digest, Sha256};

use super::{
    chart::{Account, Class},
    words,
};

/// Most minor units of one transfer: far above any real one, far below what sums could overflow.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

words! {
    /// What a journal books.
    pub enum Kind {
        /// A payment came in.
        Capture = "capture",
        /// A payment came in that is nobody's: it had been given up, or its merchant's account takes nothing.
        Stray = "stray",
        /// A stray payment went back to its payer, or to its merchant.
        StrayResolved = "stray_resolved",
        /// A payment went back to its payer.
        Refund = "refund",
        /// Funds were set aside.
        Hold = "hold",
        /// They are free again.
        Release = "release",
        /// Pending funds became free ones, less the fee.
        Settlement = "settlement",
        /// A bank has paid a merchant.
        Withdrawal = "withdrawal",
        /// A channel has paid the platform.
        ChannelPayout = "channel_payout",
        /// One currency became another.
        Conversion = "conversion",
        /// One movement on a merchant's account, by hand.
        Posting = "posting",
        /// An earlier journal, taken back.
        Reversal = "reversal",
    }
}

words! {
    /// What a transfer does with its amount.
    pub enum How {
        /// Moves it.
        Single = "single",
        /// Sets it aside.
        Hold = "hold",
        /// Moves it from what a hold has set aside, and frees the rest.
        Post = "post",
        /// Frees all that a hold has set aside.
        Void = "void",
    }
}

/// One transfer of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    how: How,
    debit: Account,
    credit: Account,
    amount: i64,
    resolves: Option<Held>,
}

/// A hold that stands in the books, to be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its place in the books.
    pub seq: i64,
    /// From where it is held.
    pub debit: Account,
    /// To where it would go.
    pub credit: Account,
    /// What is set aside, minor units.
    pub amount: i64,
}

/// Transfers that are booked together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    id: String,
    kind: Kind,
    reference: String,
    legs: Vec<Leg>,
}

// === impl Leg ===

impl Leg {
    /// Moves an amount.
    pub fn single(debit: Account, credit: Account, amount: i64) -> Self {
        Self { how: How::Single, debit, credit, amount, resolves: None }
    }

    /// Sets an amount aside.
    pub fn hold(debit: Account, credit: Account, amount: i64) -> Self {
        Self { how: How::Hold, debit, credit, amount, resolves: None }
    }

    /// Moves `amount` of what is held and frees the rest.
    pub fn post(held: Held, amount: i64) -> Self {
        Self { how: How::Post, debit: held.debit.clone(), credit: held.credit.clone(), amount, resolves: Some(held) }
    }

    /// Frees all that is held.
    pub fn void(held: Held) -> Self {
        let (debit, credit, amount) = (held.debit.clone(), held.credit.clone(), held.amount);
        Self { how: How::Void, debit, credit, amount, resolves: Some(held) }
    }

    /// What it does with its amount.
    pub const fn how(&self) -> How {
        self.how
    }

    /// From where.
    pub const fn debit(&self) -> &Account {
        &self.debit
    }

    /// To where.
    pub const fn credit(&self) -> &Account {
        &self.credit
    }

    /// How much, minor units.
    pub const fn amount(&self) -> i64 {
        self.amount
    }

    /// The place of the hold that it resolves.
    pub fn resolves(&self) -> Option<i64> {
        self.resolves.as_ref().map(|held| held.seq)
    }

    /// What it adds to the posted and to the held sums of both accounts.
    pub fn deltas(&self) -> (i64, i64) {
        let held = self.resolves.as_ref().map_or(0, |held| held.amount);
        match self.how {
            How::Single => (self.amount, 0),
            How::Hold => (0, self.amount),
            How::Post => (self.amount, -held),
            How::Void => (0, -held),
        }
    }

    fn check(&self) -> Result<()> {
        let Self { debit, credit, amount, .. } = self;
        if !(1..=MAX_AMOUNT).contains(amount) {
            let rule = format!("must be 1 to {MAX_AMOUNT} minor units; it is {amount}");
            return Err(Error::invalid_input("amount", rule).with_code("AMOUNT_OUT_OF_RANGE"));
        }
        if let Some(held) = self.resolves.as_ref().filter(|held| held.amount < *amount) {
            let rule = format!("must be at most what is held, {}; it is {amount}", held.amount);
            return Err(Error::invalid_input("amount", rule).with_code("AMOUNT_OUT_OF_RANGE"));
        }
        if debit.currency() != credit.currency() || debit == credit {
            return Err(Error::internal(format!("a transfer from {debit} to {credit} is none")));
        }
        Ok(())
    }
}

// === impl Journal ===

impl Journal {
    /// A journal of this id, about what `reference` names.
    ///
    /// # Errors
    /// 400 when an amount is out of range; `Internal` when its kind has no such legs, which is a bug of the caller.
    pub fn new(id: impl Into<String>, kind: Kind, reference: impl Into<String>, legs: Vec<Leg>) -> Result<Self> {
        let (id, reference) = (id.into(), reference.into());
        legs.iter().try_for_each(Leg::check)?;
        let shape: Vec<_> = legs.iter().map(|leg| (leg.how, leg.debit.class(), leg.credit.class())).collect();
        if !kind.may_have(&shape) {
            return Err(Error::internal(format!("journal {id}: {kind:?} has no legs like {shape:?}")));
        }
        Ok(Self { id, kind, reference, legs })
    }

    /// What makes a repeat one.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it books.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The number of what it is about.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// Its transfers, in the order in which they are booked.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// Equal for equal journals: a repeat with another one is another journal that takes its name.
    pub fn fingerprint(&self) -> String {
        let mut text = format!("{}\n{}\n", self.kind.as_str(), self.reference);
        for Leg { how, debit, credit, amount, resolves } in &self.legs {
            let resolves = resolves.as_ref().map_or(0, |held| held.seq);
            text.push_str(&format!("{}\n{debit}\n{credit}\n{amount}\n{resolves}\n", how.as_str()));
        }
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

// === impl Kind ===

impl Kind {
    /// True when a journal of this kind may have these legs: how, from what class of account, to what class.
    pub fn may_have(self, legs: &[(How, Class, Class)]) -> bool {
        use Class::{
            Adjustments, Bank, ChannelFees, ChannelReceivable, Fees, Liquidity, MerchantAvailable, MerchantPending,
            PayoutsInTransit, Suspense,
        };
        use How::{Hold, Post, Single, Void};
        match (self, legs) {
            (Self::Capture, [(Single, ChannelReceivable, MerchantPending)]) => true,
            (Self::Stray, [(Single, ChannelReceivable, Suspense)]) => true,
            (Self::StrayResolved, [(Single, Suspense, ChannelReceivable | MerchantPending)]) => true,
            (Self::Refund, [(Single, MerchantPending | MerchantAvailable | Suspense, ChannelReceivable)]) => true,
            (Self::Refund, [(Post, MerchantPending | MerchantAvailable, ChannelReceivable)]) => true,
            (Self::Refund, [(Post, from, ChannelReceivable), (Single, payer, Fees)]) => {
                matches!(from, MerchantPending | MerchantAvailable) && from == payer
            }
            (Self::Hold, [(Hold, MerchantPending | MerchantAvailable, ChannelReceivable)]) => true,
            (Self::Hold, [(Hold, MerchantAvailable, PayoutsInTransit | Liquidity)]) => true,
            (Self::Release, [(Void, from, to)]) => Self::Hold.may_have(&[(Hold, *from, *to)]),
            (Self::Settlement, [(Single, MerchantPending, MerchantAvailable | Fees)]) => true,
            (Self::Settlement, [(Single, MerchantPending, MerchantAvailable), (Single, MerchantPending, Fees)]) => true,
            (
                Self::Withdrawal,
                [(Post, MerchantAvailable, PayoutsInTransit), (Single, PayoutsInTransit, Bank), fee @ ..],
            )
            | (
                Self::Conversion,
                [(Post, MerchantAvailable, Liquidity), (Single, Liquidity, MerchantAvailable), fee @ ..],
            ) => {
                matches!(fee, [] | [(Single, MerchantAvailable, Fees)])
            }
            (Self::ChannelPayout, [(Single, Bank, ChannelReceivable)]) => true,
            (Self::ChannelPayout, [(Single, Bank, ChannelReceivable), (Single, ChannelFees, ChannelReceivable)]) => {
                true
            }
            (Self::Posting, [(Single, from, to)]) => match (from.is_merchants(), to.is_merchants()) {
                (true, false) => matches!(to, ChannelReceivable | PayoutsInTransit | Fees | Adjustments),
                (false, true) => matches!(from, ChannelReceivable | Adjustments),
                _ => false,
            },
            // The legs of what is taken back, last first and the other way round; money comes back, it is not held.
            (Self::Reversal, legs) => {
                let back = |how| {
                    legs.iter()
                        .rev()
                        .enumerate()
                        .map(move |(leg, (_, from, to))| (if leg == 0 { how } else { Single }, *to, *from))
                };
                let (plain, held): (Vec<_>, Vec<_>) = (back(Single).collect(), back(Post).collect());
                legs.iter().all(|(how, ..)| *how == Single)
                    && (Self::Posting.may_have(&plain) || Self::Withdrawal.may_have(&held))
            }
            _ => false,
        }
    }
}
