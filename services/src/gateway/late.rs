//! Money that comes after a payment has ended without: the payment stays as it ended, and the money is paid back, whole and
//! once. Until it is, the incident is open.

use payment_clients::{
    apis::{ids::RefundNo, payment_gateway::Payment},
    contract::{error::Result, money::Money},
};

use super::{
    domain, events,
    sagas::late::{Input, KIND},
    store,
};
use crate::{
    args,
    kit::{
        events::payment,
        incident,
        saga::{Engine, Lease, Reason},
        store::Tx,
    },
};

/// The schema. Whatever is heard again about a payment is the same late success.
pub const TABLES: &str = "
CREATE TABLE late_successes(
  payment_no TEXT PRIMARY KEY REFERENCES payments(payment_no),
  status TEXT NOT NULL CHECK(status IN ('owed', 'refunded', 'refused')), channel_refund_no TEXT UNIQUE,
  found_at {{int}} NOT NULL, ended_at {{int}},
  CHECK((status = 'owed') = (ended_at IS NULL)), CHECK((status = 'refunded') = (channel_refund_no IS NOT NULL))
) {{clustered}};";

/// The incident that is open while the platform has what it must not keep.
const LATE_SUCCESS: &str = "LATE_SUCCESS";
/// The incident that says why it still has it.
const REFUSED: &str = "LATE_REFUND_REFUSED";

/// The channel has the money of a payment: if that had ended without, it is owed back from now on. Nothing to be driven
/// when the payment waits for the money, has it, or is known already.
///
/// # Errors
/// When a statement fails.
pub fn heard(tx: &mut Tx<'_>, engine: &Engine, payment: &Payment, now: i64) -> Result<Option<Lease>> {
    const OWE: &str = "INSERT INTO late_successes(payment_no, status, found_at) VALUES($1, 'owed', $2)
        ON CONFLICT (payment_no) DO NOTHING";
    let number = payment.payment_no.as_str();
    if !domain::ended_unpaid(&payment.status) || tx.execute(OWE, args![number, now])? == 0 {
        return Ok(None);
    }
    let money = Money::new(payment.amount, payment.currency);
    let detail = format!("the channel took {money} for a payment that is {}", payment.status);
    incident::open(tx, number, LATE_SUCCESS, &detail, now)?;
    events::late_success(tx, payment, payment::LATE_SUCCESS, now)?;
    // Named after its payment, it can be no second one, at the channel neither.
    let refund_no = RefundNo::from(format!("LATE-{number}"));
    engine.start(tx, KIND, number, &Input { refund_no, money }).map(Some)
}

/// The channel has paid it back.
///
/// # Errors
/// When a statement fails.
pub fn refunded(tx: &mut Tx<'_>, payment_no: &str, channel_refund_no: &str, now: i64) -> Result<()> {
    const REFUNDED: &str = "UPDATE late_successes SET status = 'refunded', channel_refund_no = $2, ended_at = $3
        WHERE payment_no = $1 AND status = 'owed'";
    if tx.execute(REFUNDED, args![payment_no, channel_refund_no, now])? == 1 {
        let payment = store::require(tx, payment_no)?;
        events::late_success(tx, &payment, payment::LATE_SUCCESS_REFUNDED, now)?;
        incident::close(tx, payment_no, LATE_SUCCESS, &format!("paid back as {channel_refund_no}"), now)?;
    }
    Ok(())
}

/// The channel does not pay it back: a person has to.
///
/// # Errors
/// When a statement fails.
pub fn refused(tx: &mut Tx<'_>, payment_no: &str, why: &Reason, now: i64) -> Result<()> {
    const REFUSE: &str = "UPDATE late_successes SET status = 'refused', ended_at = $2
        WHERE payment_no = $1 AND status = 'owed'";
    tx.execute(REFUSE, args![payment_no, now])?;
    let detail = format!("the channel does not pay back what it took too late: {} ({})", why.message, why.code);
    incident::open(tx, payment_no, REFUSED, &detail, now)
}
