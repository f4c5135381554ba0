//! Sessions: opened, looked at, paid once, completed by that payment.

use std::sync::Arc;

use async_trait::async_trait;
use data_encoding::BASE64URL_NOPAD;
use payment_clients::{
    apis::{
        cashier::{
            CashierSession, CashierSessionApi, CompleteSession, CreateSession, CreatedSession, PaySession,
            SessionPayment, SessionStatus,
        },
        ids::PaymentNo,
        payment_gateway::{PaymentApi, PaymentStatus},
    },
    contract::{
        error::{Error, ErrorKind, Result},
        secret::{AddressKey, SecretText},
    },
};

use super::{Cashier, own};
use crate::{
    cashier::{
        domain::{
            payments,
            sessions::{self, TIMEOUT},
        },
        sagas::{self, Input},
        store::{
            self,
            sessions::{Change, Kept},
        },
    },
    kit::{
        saga::{End, Lease, Progress},
        store::Tx,
    },
};

/// Where the page of a session is; its token follows.
const PAGE: &str = "/cashier/checkout/";

#[async_trait]
impl CashierSessionApi for Cashier {
    async fn create_session(&self, asked: &CreateSession) -> Result<CreatedSession> {
        let (owner, now) = (own()?, self.clock.timestamp());
        let token = [self.rng.unique()?.to_be_bytes(), self.rng.unique()?.to_be_bytes()].concat();
        let token = SecretText::from(BASE64URL_NOPAD.encode(&token));
        let (asked, id) = (asked.clone(), self.ids.uuid().into());
        self.once(move |tx| {
            let minutes = store::pages::page(tx, owner)?.map_or(TIMEOUT, |page| page.session_timeout_minutes);
            let session = sessions::draft(&asked, (id, token.clone()), owner, minutes, now)?;
            store::sessions::insert(tx, &session)?;
            let cashier_url = format!("{PAGE}{}", token.expose()).into();
            Ok(CreatedSession { session_token: token, session, cashier_url })
        })
        .await
    }

    async fn get_session(&self, token: &AddressKey) -> Result<CashierSession> {
        let kept = self.session(token).await?;
        Ok(sessions::as_of(kept.shown, self.clock.timestamp()))
    }

    async fn cancel_session(&self, token: &AddressKey) -> Result<()> {
        let (owner, token, now) = (own()?, token.to_string(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| match store::sessions::find(tx, owner, &token)? {
            None => Ok(()),
            Some(kept) if kept.shown.status == SessionStatus::Active => Err(sessions::not_now(&kept.shown, "deleted")),
            Some(kept) => store::sessions::delete(tx, kept.shown.id, now),
        };
        self.store.write(unit).await
    }

    async fn pay_session(&self, token: &AddressKey, choice: &PaySession) -> Result<SessionPayment> {
        if let Some(lease) = self.begin(token, choice).await? {
            let id = lease.run().input::<Input>()?.session.id;
            match self.engine.run(lease).await? {
                Progress::Ended(End::Succeeded, _) => {}
                Progress::Ended(End::Compensated(reason), _) => return Err(sagas::refusal(&reason)),
                Progress::Ended(End::Attention(_), _) => return Err(payments::unresolved(id)),
                Progress::Unresolved(cause) => return Err(payments::unresolved(id).with_source(Arc::new(cause))),
            }
        }
        // What the payer needs is the gateway's to keep: it gives the same answer under the same key.
        let Kept { shown: session, choice, .. } = self.session(token).await?;
        let choice = choice.ok_or_else(|| sessions::not_now(&session, "paid"))?;
        payments::shown(&sagas::create(&self.deps, &session, &choice).await?)
    }

    async fn complete_session(&self, token: &AddressKey, completion: &CompleteSession) -> Result<()> {
        let number = completion.payment_no.clone();
        if number.as_str().is_empty() {
            return Err(Error::invalid_input("payment_no", "must not be empty"));
        }
        let session = sessions::as_of(self.session(token).await?.shown, self.clock.timestamp());
        if !is_open_to(&session, &number)? {
            return Ok(());
        }
        let payment = self.deps.payments.get_payment(&number).await.map_err(unknown)?;
        payments::same(&session, &payment)?;
        let (to, step) = match payment.status {
            PaymentStatus::Success => (SessionStatus::Completed, "completed"),
            PaymentStatus::Failed | PaymentStatus::Cancelled | PaymentStatus::Expired => {
                (SessionStatus::Expired, "payment ended")
            }
            _ => {
                let text = format!("payment {number} is {}; complete the session once it is paid", payment.status);
                return Err(Error::conflict("PAYMENT_NOT_COMPLETED", text));
            }
        };
        self.end(&session, number, to, step).await
    }
}

impl Cashier {
    /// The session of a token, if it is the caller's.
    async fn session(&self, token: &AddressKey) -> Result<Kept> {
        let (owner, token) = (own()?, token.to_string());
        self.store.read(move |view| store::sessions::require(view, owner, &token)).await
    }

    /// Begins to pay a session; nothing to begin where it has its payment.
    async fn begin(&self, token: &AddressKey, choice: &PaySession) -> Result<Option<Lease>> {
        let (owner, token, choice) = (own()?, token.to_string(), choice.clone());
        let (engine, at) = (self.engine.clone(), self.clock.timestamp());
        let unit = move |tx: &mut Tx<'_>| {
            let Kept { shown, refusal, tries, choice: chosen } = store::sessions::require(tx, owner, &token)?;
            let session = sessions::as_of(shown, at);
            match (&session.status, refusal) {
                (_, Some(reason)) => return Err(sagas::refusal(&reason)),
                (SessionStatus::Pending, None) => {}
                (SessionStatus::Active | SessionStatus::Completed, None)
                    if chosen.is_some() && !session.payment_no.as_str().is_empty() =>
                {
                    return Ok(None);
                }
                (SessionStatus::Active, None) => return Err(payments::unresolved(session.id)),
                _ => return Err(sessions::not_now(&session, "paid")),
            }
            let back = store::pages::page(tx, owner)?.map_or_else(String::new, |page| page.success_redirect_url);
            let choice = payments::choose(&session, &choice, &back)?;
            let change = Change { cause: "paying", choice: Some(&choice), ..Change::default() };
            let edge = [&SessionStatus::Pending, &SessionStatus::Active];
            store::sessions::transition(tx, session.id, edge, change, at.unix_ms())?;
            // One that the gateway never heard of may be tried again, under the same key of the payment.
            let name = format!("{}:{}", session.id, tries + 1);
            engine.start(tx, "pay", &name, &Input { session, choice }).map(Some)
        };
        self.store.write(unit).await
    }

    /// Writes down how a session ended.
    async fn end(
        &self,
        session: &CashierSession,
        payment_no: PaymentNo,
        to: SessionStatus,
        cause: &'static str,
    ) -> Result<()> {
        let (id, from, now) = (session.id, session.status.clone(), self.clock.now());
        let refused = Error::declined("PAYMENT_FAILED", format!("payment {payment_no} has ended without being paid"));
        let unit = move |tx: &mut Tx<'_>| {
            if store::sessions::is_anothers(tx, &payment_no, id)? {
                let text = format!("payment {payment_no} completes another session");
                return Err(Error::declined("PAYMENT_DIFFERS", text));
            }
            let paid = to == SessionStatus::Completed;
            // A payment of the merchant's own that has failed says nothing of a session that may yet be paid.
            if paid || from == SessionStatus::Active {
                let change = Change { cause, payment_no: Some(payment_no.as_str()), ..Change::default() };
                if !store::sessions::transition(tx, id, [&from, &to], change, now)? {
                    let text = format!("session {id} has changed meanwhile; ask again");
                    return Err(Error::conflict("SESSION_CHANGED", text));
                }
            }
            Ok(paid)
        };
        if self.store.write(unit).await? { Ok(()) } else { Err(refused) }
    }
}

/// Whether a session waits to be completed by this payment; false when it was.
///
/// # Errors
/// When it is completed by another, past its time, or waits for another.
fn is_open_to(session: &CashierSession, payment_no: &PaymentNo) -> Result<bool> {
    let own = &session.payment_no;
    match session.status {
        SessionStatus::Completed if own == payment_no => Ok(false),
        SessionStatus::Pending => Ok(true),
        SessionStatus::Active if own == payment_no => Ok(true),
        SessionStatus::Active if own.as_str().is_empty() => Err(payments::unresolved(session.id)),
        SessionStatus::Active => {
            let text = format!("session {} is paid by {own}, and not by {payment_no}", session.id);
            Err(Error::conflict("SESSION_BEING_PAID", text))
        }
        _ => Err(sessions::not_now(session, "completed")),
    }
}

/// A number that the gateway does not know is the caller's mistake, and no route that is missing.
fn unknown(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::declined("PAYMENT_UNKNOWN", "the gateway knows no payment of this number"),
        _ => error,
    }
}
