//! One payment's whole story, read from the stores alone, whether their services run or not: what was asked for, what each
//! service did about it and when, and why the payment is where it is.
//!
//! ```text
//! stores ──► gateway, around, channel, ledger, news ──► steps in time ──► explain
//! ```
//! | file | holds |
//! |---|---|
//! | `tale` | what a story is, and the stores that it is read from |
//! | `shown` | the only texts that a story can hold: no secret and nothing personal gets past it |
//! | `gateway` | the payment, its sagas, its refunds, money that came too late |
//! | `around` | checkout, risk, order |
//! | `channel` | the adapter, webhooks, the channel itself |
//! | `ledger` | journals, fee, settlement |
//! | `news` | events, who took them, what the merchant was told |
//! | `explain` | in plain words: why it is so, what comes next, what to do |
//! | `print` | for a terminal |
//!
//! A store that is not there is named in the story; nothing is made up for it.

pub mod shown;
pub mod tale;

mod around;
mod channel;
mod explain;
mod gateway;
mod ledger;
mod news;
mod print;

use std::collections::BTreeSet;

use payment_clients::contract::error::Result;

use self::tale::{Reader, Subjects};
pub use self::{
    gateway::{Found, find, newest},
    tale::{Story, Told},
};
use crate::{check::books::Books, kit::store::Stores};

/// Tells the story of the payment of this number, such as `PY20260302080000a1B2c3D4e5`; none where no such payment is.
///
/// # Errors
/// When there are no stores, or one cannot be read: it is damaged, or of another version of this program.
pub fn tell(stores: &Stores, payment_no: &str) -> Result<Option<Story>> {
    let books = Books::open(stores)?;
    let mut reader = Reader::new(&books);
    let Some(payment) = gateway::payment(&mut reader, payment_no)? else { return Ok(None) };
    let mut subjects = Subjects { events: Vec::new(), names: BTreeSet::from([payment.number.clone()]) };
    around::tell(&mut reader, &payment)?;
    let asked = gateway::tell(&mut reader, &payment, &mut subjects)?;
    channel::tell(&mut reader, &payment, &mut subjects)?;
    let booked = ledger::tell(&mut reader, &payment, &mut subjects)?;
    news::tell(&mut reader, &payment, &mut subjects)?;
    let incidents = news::incidents(&mut reader, &subjects)?;
    let why = explain::explain(&payment, &asked, &booked, &incidents);
    Ok(Some(reader.end(&payment, asked, incidents, why)))
}
