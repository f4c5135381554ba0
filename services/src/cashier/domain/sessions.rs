//! Sessions: what may be asked for, which states follow each other, and when one is past its time.

use payment_clients::{
    apis::{
        cashier::{CashierSession, CashierSessionId, CreateSession, SessionStatus},
        ids::{MerchantId, PaymentNo},
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        secret::SecretText,
        timestamp::Timestamp,
    },
};

use super::{known, list};
use crate::kit::{currency, text};

/// Largest amount of one session, in minor units: that of the largest payment.
const MAX_AMOUNT: i64 = 1_000_000_000_000_000;
/// Minutes that a session stays open, unless somebody says otherwise.
pub const TIMEOUT: i64 = 30;
/// Most minutes: thirty days.
pub const LONGEST: i64 = 30 * 24 * 60;
/// Longest free object, in characters of its JSON.
const METADATA: usize = 4096;

/// The states that a session may go to from each state. Nothing is stored when its time passes: see [`as_of`].
const EDGES: &[(SessionStatus, &[SessionStatus])] = {
    use SessionStatus::{Active, Completed, Expired, Pending};
    &[
        (Pending, &[Active, Completed]),
        // Back where nothing came of the payment, which may then be tried again or is refused for good.
        (Active, &[Pending, Completed, Expired]),
    ]
};

/// True when a session may go from one state to the other.
pub fn may_become(from: &SessionStatus, to: &SessionStatus) -> bool {
    EDGES.iter().any(|(state, next)| state == from && next.contains(to))
}

/// The session as it is at this time. One that is being paid stays open: its payer was in time.
pub fn as_of(session: CashierSession, now: Timestamp) -> CashierSession {
    if session.status == SessionStatus::Pending && session.expires_at <= now {
        return CashierSession { status: SessionStatus::Expired, ..session };
    }
    session
}

/// The refusal of a step that a session's state does not allow.
pub fn not_now(session: &CashierSession, step: &str) -> Error {
    let (code, status) = match session.status {
        SessionStatus::Expired => ("SESSION_EXPIRED", "has expired"),
        SessionStatus::Completed => ("SESSION_COMPLETED", "is completed"),
        SessionStatus::Active => ("SESSION_BEING_PAID", "is being paid"),
        _ => ("SESSION_NOT_PAID", "is not paid"),
    };
    Error::conflict(code, format!("session {} {status}, and cannot be {step}", session.id))
}

/// A session that is asked for, open for this many minutes unless it says otherwise.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(
    asked: &CreateSession,
    (id, token): (CashierSessionId, SecretText),
    owner: MerchantId,
    minutes: i64,
    now: Timestamp,
) -> Result<CashierSession> {
    check(asked)?;
    let missing = |field: &str| Error::invalid_input(field, "must be given");
    let currency = asked.currency.ok_or_else(|| missing("currency"))?;
    currency::known("currency", currency)?;
    let minutes = asked.expires_in_minutes.filter(|minutes| *minutes > 0).unwrap_or(minutes).min(LONGEST);
    Ok(CashierSession {
        id,
        session_token: token,
        merchant_id: owner,
        order_no: asked.order_no.clone().ok_or_else(|| missing("order_no"))?,
        amount: asked.amount.ok_or_else(|| missing("amount"))?,
        currency,
        description: asked.description.clone().unwrap_or_default(),
        customer_email: asked.customer_email.clone().unwrap_or_default(),
        customer_name: asked.customer_name.clone().unwrap_or_default(),
        customer_ip: asked.customer_ip.clone().unwrap_or_default(),
        allowed_channels: asked.allowed_channels.clone(),
        allowed_methods: asked.allowed_methods.clone(),
        metadata: asked.metadata.clone(),
        status: SessionStatus::Pending,
        payment_no: PaymentNo::default(),
        created_at: now,
        expires_at: Timestamp::from_unix_ms(now.unix_ms() + minutes * 60_000),
        completed_at: None,
        updated_at: now,
    })
}

fn check(asked: &CreateSession) -> Result<()> {
    let order_no = asked.order_no.as_ref().map_or("", |number| number.as_str());
    text::length("order_no", order_no, 64)?;
    let amount = asked.amount.unwrap_or(0);
    if !(1..=MAX_AMOUNT).contains(&amount) {
        let rule = format!("is {amount}; it must be 1 to {MAX_AMOUNT} minor units");
        return Err(Error::invalid_input("amount", rule).with_code("INVALID_AMOUNT"));
    }
    text::all_at_most([
        ("description", asked.description.as_deref(), 500),
        ("customer_email", asked.customer_email.as_deref(), 254),
        ("customer_name", asked.customer_name.as_deref(), 255),
        ("customer_ip", asked.customer_ip.as_deref(), 64),
    ])?;
    let channels = asked.allowed_channels.as_deref().unwrap_or_default();
    channels.iter().try_for_each(|channel| known("allowed_channels", channel.as_str(), Channel::KNOWN))?;
    list("allowed_channels", channels.iter().map(Channel::as_str), 32)?;
    list("allowed_methods", asked.allowed_methods.iter().flatten().map(String::as_str), 32)?;
    let metadata = serde_json::to_string(&asked.metadata).map_err(Error::internal)?;
    text::at_most("metadata", Some(&metadata), METADATA)
}

#[cfg(test)]
mod tests {
    use SessionStatus::{Active, Completed, Expired, Pending};

    use super::*;

    #[test]
    fn what_has_ended_stays_so_and_every_open_session_can_be_completed() {
        let all = [Pending, Active, Completed, Expired];
        for from in [Completed, Expired] {
            assert!(all.iter().all(|to| !may_become(&from, to)), "{from}");
        }
        assert!([Pending, Active].iter().all(|from| may_become(from, &Completed)));
    }
}
