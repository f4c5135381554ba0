//! The bank's operations: check, write the book in one unit, answer; and the ways in which it misbehaves.

use std::time::Duration;

use payment_clients::{
    apis::{
        bank_transfer::{BankTransfer, BankTransferApi, BankTransferState},
        ids::BankTradeNo,
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result, code},
        money::Currency,
    },
    server::{self, Replay},
};
use tokio::{select, time::sleep};

use super::{
    api::{BankStatementApi, Statement},
    domain::{self, Behaviour},
    store::{self, Known, New},
};
use crate::{
    channel_sim::{Manners, lost::LostAnswers},
    kit::{
        clock::{Clock, millis},
        ids::Ids,
        store::{Store, Tx},
        tasks::Shutdown,
    },
};

/// Serves the bank's operations.
#[derive(Clone, Debug)]
pub struct Handler {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) ids: Ids,
    pub(super) manners: Manners,
    pub(super) lost: LostAnswers,
    pub(super) shutdown: Shutdown,
}

/// What a request turned out to be.
enum Asked {
    New(BankTransferState),
    Repeat(Known),
}

#[async_trait::async_trait]
impl BankTransferApi for Handler {
    async fn create_transfer(&self, transfer: &BankTransfer) -> Result<BankTransferState> {
        let call = server::current();
        let behaviour = Behaviour::towards(&transfer.bank_account_name);
        if behaviour == Behaviour::BusyOnce && call.attempt <= 1 {
            let text = "the bank takes this at the second attempt";
            return Err(Error::unavailable(text, Duration::from_millis(10)).with_code("bank_busy"));
        }
        domain::validate(transfer)?;
        let (Some(key), Some(fingerprint)) = (&call.key, call.fingerprint) else {
            return Err(Error::invalid_input("Idempotency-Key", "is missing").with_code(code::KEY_MISSING));
        };
        let new = self.new_transfer(transfer, behaviour, key.as_str(), &fingerprint.to_string());
        let (asked, now) = (new.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            store::clear(tx, now)?;
            match store::repeated(tx, &new.key, new.transfer.order_no.as_str())? {
                Some(known) => Ok(Asked::Repeat(known)),
                None => store::insert(tx, &new, now).map(|()| Asked::New(new.state)),
            }
        };
        match self.store.write(unit).await? {
            Asked::Repeat(known) => Err(repeat(&asked, &known)),
            Asked::New(state) => {
                match behaviour {
                    Behaviour::Hang => self.hang().await,
                    Behaviour::LoseAnswer => self.lost.lose(call.request_id.as_ref()),
                    _ => {}
                }
                Ok(state)
            }
        }
    }

    async fn get_transfer_status(&self, channel_trade_no: &BankTradeNo) -> Result<BankTransferState> {
        let (wanted, now) = (channel_trade_no.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            store::clear(tx, now)?;
            store::by_trade_no(tx, &wanted)
        };
        let found = self.store.write(unit).await?;
        found.ok_or_else(|| Error::not_found(format_args!("transfer {channel_trade_no}")))
    }
}

#[async_trait::async_trait]
impl BankStatementApi for Handler {
    async fn get_statement(&self, currency: Currency, after: Option<i64>) -> Result<Statement> {
        let now = self.clock.now();
        let unit = move |tx: &mut Tx<'_>| {
            store::clear(tx, now)?;
            store::statement(tx, currency, after.unwrap_or(0))
        };
        self.store.write(unit).await
    }
}

impl Handler {
    fn new_transfer(&self, transfer: &BankTransfer, behaviour: Behaviour, key: &str, fingerprint: &str) -> New {
        let now = self.clock.now();
        let status = behaviour.at_once();
        let number = format!("BANK{:08x}{}", self.ids.uuid().as_u128() >> 96, now.div_euclid(1000));
        let message = domain::message(&status).to_owned();
        New {
            transfer: transfer.clone(),
            state: BankTransferState { channel_trade_no: number.into(), status, message },
            key: key.to_owned(),
            fingerprint: fingerprint.to_owned(),
            later: behaviour.later().map(|status| (status, now.saturating_add(millis(self.manners.late)))),
            listed: if behaviour == Behaviour::Duplicate { 2 } else { 1 },
        }
    }

    /// Keeps an answer back, but no shutdown.
    async fn hang(&self) {
        let mut shutdown = self.shutdown.clone();
        select! {
            biased;
            () = shutdown.begun() => {}
            () = sleep(self.manners.hang) => {}
        }
    }
}

/// The answer to a repeat: the state that the transfer is in by now, or why it is none.
fn repeat(asked: &New, known: &Known) -> Error {
    if asked.fingerprint == known.fingerprint {
        return Replay::success(&known.state).map_or_else(|error| error, Into::into);
    }
    if asked.key == known.key {
        let text = "this Idempotency-Key was used for another transfer; take a new key for a new transfer";
        return Error::new(ErrorKind::KeyReused, Certainty::Processed, text).with_code(code::KEY_REUSED);
    }
    let text = format!("there is another transfer with the order number {}", asked.transfer.order_no);
    Error::conflict("transfer_differs", text)
}
