//! What a session asks of the gateway, and what the gateway's answer means for it.

use payment_clients::{
    apis::{
        cashier::{CashierSession, CashierSessionId, PaySession, SessionPayment},
        payment_gateway::{CreatePayment, PayMethod, Payment},
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        idempotency::IdempotencyKey,
        money::Money,
        secret::SecretText,
    },
};
use serde_json::{Value, json};

use crate::kit::text;

/// The one key under which a session is paid.
///
/// # Errors
/// When the id makes no key.
pub fn key(session: CashierSessionId) -> Result<IdempotencyKey> {
    IdempotencyKey::new(format!("cashier:{session}")).map_err(Error::internal)
}

/// Checks how a payer wants to pay, and fills in where he returns to.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn choose(session: &CashierSession, choice: &PaySession, back: &str) -> Result<PaySession> {
    let return_url = choice.return_url.clone().filter(|url| !url.is_empty()).unwrap_or_else(|| back.to_owned());
    for (field, url) in [("notify_url", &choice.notify_url), ("return_url", &return_url)] {
        text::at_most(field, Some(url), 2048)?;
        if !super::pages::is_absolute(url) {
            return Err(Error::invalid_input(field, "must be an absolute http or https URL"));
        }
    }
    let channel = choice.channel.as_ref();
    if let (Some(channel), Some(allowed)) = (channel, &session.allowed_channels)
        && !allowed.is_empty()
        && !allowed.contains(channel)
    {
        return Err(Error::invalid_input("channel", "must be one of the session's `allowed_channels`"));
    }
    if let (Some(method), Some(allowed)) = (&choice.method, &session.allowed_methods)
        && !allowed.is_empty()
        && !allowed.contains(method)
    {
        return Err(Error::invalid_input("method", "must be one of the session's `allowed_methods`"));
    }
    text::all_at_most([
        ("channel", channel.map(|channel| channel.as_str()), 32),
        ("method", choice.method.as_deref(), 32),
    ])?;
    if session.customer_email.is_empty() {
        let text = "the session has no `customer_email`, and a payment needs one; open another with it";
        return Err(Error::declined("NO_CUSTOMER_EMAIL", text));
    }
    Ok(PaySession { return_url: Some(return_url), ..choice.clone() })
}

/// The payment of a session, the same whenever it is asked for: a repeat under its key must not differ.
pub fn request(session: &CashierSession, choice: &PaySession) -> CreatePayment {
    let open_ms = session.expires_at.unix_ms() - session.created_at.unix_ms();
    let extra = json!({ "session_id": session.id });
    let money = Money::new(session.amount, session.currency);
    CreatePayment {
        channel: choice.channel.clone(),
        pay_method: choice.method.as_deref().map(PayMethod::from),
        customer_email: session.customer_email.clone(),
        customer_name: text::given(Some(&session.customer_name)),
        customer_ip: text::given(Some(&session.customer_ip)),
        description: text::given(Some(&session.description)),
        notify_url: choice.notify_url.clone(),
        return_url: choice.return_url.clone().unwrap_or_default(),
        expire_minutes: Some((open_ms / 60_000).max(1)),
        extra: extra.as_object().cloned(),
        ..CreatePayment::new(session.merchant_id, session.order_no.clone(), money)
    }
}

/// What the payer is told of a payment.
///
/// # Errors
/// When the gateway's `extra` is no JSON object.
pub fn shown(payment: &Payment) -> Result<SessionPayment> {
    let extra: Value = serde_json::from_str(&payment.extra).map_err(Error::internal)?;
    let text = |name: &str| extra[name].as_str().unwrap_or_default();
    Ok(SessionPayment {
        payment_no: payment.payment_no.clone(),
        payment_url: text("payment_url").to_owned(),
        qr_code_url: text("qr_code_url").to_owned(),
        client_secret: SecretText::from(text("client_secret")),
    })
}

/// Refuses a payment that is not the session's.
///
/// # Errors
/// `PAYMENT_DIFFERS`.
pub fn same(session: &CashierSession, payment: &Payment) -> Result<()> {
    let wanted = (session.merchant_id, &session.order_no, session.amount, session.currency);
    if (payment.merchant_id, &payment.order_no, payment.amount, payment.currency) == wanted {
        return Ok(());
    }
    let (amount, currency) = (session.amount, session.currency);
    let text = format!("the payment is not over {amount} {currency} minor units of order {}", session.order_no);
    Err(Error::declined("PAYMENT_DIFFERS", text))
}

/// The answer while nobody knows whether there is a payment.
pub fn unresolved(session: CashierSessionId) -> Error {
    let text = format!("the payment of session {session} is not decided yet; ask again");
    Error::new(ErrorKind::Unavailable, Certainty::PossiblyProcessed, text)
        .with_code("PAYMENT_UNRESOLVED")
        .with_retry_after(std::time::Duration::from_secs(1))
}
