//! The acts of the day, in their order: each a small story of its own, played by the typed clients of those who are in it.
//!
//! How an act ends depends on its sales and on nobody's speed: whoever cannot be paid is so by the channel's card, by an
//! amount, or because nobody at all can be reached.

mod cashier;
mod desk;
mod doubles;
mod evening;
mod late;
mod messages;
mod opening;
mod outages;
mod payouts;
mod refunds;
mod sales;
mod settling;
mod terms;

use futures_util::future::LocalBoxFuture;
use payment_clients::contract::error::Result;

use super::stage::Stage;

/// An act.
pub struct Act {
    /// Minutes since midnight of the first day.
    pub at: i64,
    /// What happens.
    pub title: &'static str,
    /// How.
    pub play: for<'s> fn(&'s mut Stage<'_>) -> LocalBoxFuture<'s, Result<()>>,
}

macro_rules! acts {
    ($($hour:literal : $minute:literal $title:literal $play:path;)+) => {
        /// All acts.
        pub const ACTS: &[Act] = &[$(Act {
            at: $hour * 60 + $minute,
            title: $title,
            play: |stage| Box::pin($play(stage)),
        }),+];
    };
}

acts! {
     8:00 "three shops ask to be let in; one of them has no papers" opening::play;
     9:00 "the morning's sales, in four currencies" sales::morning;
    10:00 "the gateway is killed while it pays" outages::gateway_killed;
    10:20 "impatient customers click twice, and confused programs reuse their keys" doubles::play;
    10:40 "customers pay at the checkout page" cashier::play;
    11:00 "a channel takes the money and its answers get lost" outages::channel_deaf;
    11:30 "goods come back" refunds::play;
    12:00 "other fees, after a version that makes no sense; money is changed" terms::play;
    12:30 "webhooks come again, late, and from nobody" messages::play;
    13:00 "risk cannot be reached: nobody is let through unseen" outages::risk_away;
    14:00 "accounting is away while the shops sell on" outages::accounting_away;
    14:30 "a channel is slow, and the clocks go back" outages::slow_channel;
    14:50 "a channel takes nobody on" outages::channel_closed;
    15:00 "two of staff settle the same sales at once" settling::race;
    16:00 "shops take money out, and the bank has moods" payouts::play;
    16:30 "money comes for a payment that was cancelled" late::play;
    17:10 "the bank sends something back" evening::returned;
    17:20 "the afternoon's sales" sales::afternoon;
    17:40 "shops and staff look at the day" desk::play;
    24:10 "the day is settled and paid out" evening::settled;
}
