//! Payments and refunds as rules, without any store or network: what may be asked for, what may become of it.

use payment_clients::{
    apis::{
        payment_gateway::{CallbackStatus, ChannelCallback, CreatePayment, CreateRefund, PayMethod, PaymentStatus},
        words::{Channel, OperatorType},
    },
    contract::error::{Error, ErrorKind, Result},
};

use crate::kit::{currency, text};

/// Largest amount of one payment, in minor units: far above any real one, far below what sums could overflow.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// Minutes until an unpaid payment lapses, unless the merchant says otherwise.
const EXPIRES_AFTER_MINUTES: i64 = 30;

/// Longest a merchant may let a payment wait: thirty days.
const LONGEST_EXPIRY_MINUTES: i64 = 30 * 24 * 60;

// === what may be asked for ===

/// Checks a payment before anything is stored; the error names the field and its rule.
///
/// # Errors
/// The first rule that is broken.
pub fn validate(payment: &CreatePayment) -> Result<()> {
    if payment.merchant_id.is_nil() {
        return Err(Error::invalid_input("merchant_id", "must not be the nil UUID"));
    }
    text::length("order_no", payment.order_no.as_str(), 64)?;
    amount(payment.amount)?;
    currency::known("currency", payment.currency)?;
    if !payment.customer_email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) {
        return Err(Error::invalid_input("customer_email", "must be an e-mail address"));
    }
    text::length("customer_email", &payment.customer_email, 254)?;
    text::all_at_most([
        ("channel", payment.channel.as_ref().map(Channel::as_str), 32),
        ("pay_method", payment.pay_method.as_ref().map(PayMethod::as_str), 32),
        ("customer_name", payment.customer_name.as_deref(), 255),
        ("customer_phone", payment.customer_phone.as_deref(), 50),
        ("customer_ip", payment.customer_ip.as_deref(), 64),
        ("description", payment.description.as_deref(), 500),
        ("language", payment.language.as_deref(), 16),
    ])?;
    url("notify_url", &payment.notify_url)?;
    url("return_url", &payment.return_url)
}

/// Checks a refund before anything is stored.
///
/// # Errors
/// The first rule that is broken.
pub fn validate_refund(refund: &CreateRefund) -> Result<()> {
    text::length("payment_no", refund.payment_no.as_str(), 64)?;
    amount(refund.amount)?;
    validate_reason(&refund.reason)?;
    text::all_at_most([
        ("description", refund.description.as_deref(), 500),
        ("operator_type", refund.operator_type.as_ref().map(OperatorType::as_str), 32),
    ])
}

/// Checks why something is given up.
///
/// # Errors
/// When it says nothing, or too much.
pub fn validate_reason(reason: &str) -> Result<()> {
    text::length("reason", reason, 500)
}

fn amount(minor_units: i64) -> Result<()> {
    let rule = match minor_units {
        0 => "is zero; a payment must be at least 1 minor unit".to_owned(),
        ..0 => format!("is {minor_units}; a payment must be at least 1 minor unit"),
        1..=MAX_AMOUNT => return Ok(()),
        _ => format!("is {minor_units}; a payment may be at most {MAX_AMOUNT} minor units"),
    };
    Err(Error::invalid_input("amount", rule).with_code("INVALID_AMOUNT"))
}

fn url(field: &str, text: &str) -> Result<()> {
    text::length(field, text, 2048)?;
    let uri: Option<http::Uri> = text.parse().ok();
    let absolute = uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some());
    if absolute { Ok(()) } else { Err(Error::invalid_input(field, "must be an absolute http or https URL")) }
}

/// The channel of a payment whose merchant named none.
pub fn route(payment: &CreatePayment) -> Channel {
    match &payment.channel {
        Some(channel) if !channel.as_str().is_empty() => channel.clone(),
        _ => Channel::Stripe,
    }
}

/// When a payment created at `now` lapses, in milliseconds.
pub fn expires_at(payment: &CreatePayment, now: i64) -> i64 {
    let minutes = payment.expire_minutes.filter(|minutes| *minutes > 0).unwrap_or(EXPIRES_AFTER_MINUTES);
    now + minutes.min(LONGEST_EXPIRY_MINUTES) * 60_000
}

// === what may become of it ===

/// The states that a payment may go to from each state. What stands at the end of none is final, and final states are
/// never left.
pub const EDGES: &[(PaymentStatus, &[PaymentStatus])] = {
    use PaymentStatus::{Cancelled, Expired, Failed, Pending, Processing, Success};
    &[
        // A callback may overtake the answer that creates the channel's payment, hence success from pending.
        (Pending, &[Processing, Success, Failed, Cancelled, Expired]),
        (Processing, &[Success, Failed, Cancelled, Expired]),
    ]
};

/// True when a payment may go from one state to the other.
pub fn may_become(from: &PaymentStatus, to: &PaymentStatus) -> bool {
    #[cfg(feature = "mutants")]
    if crate::mutants::is_on(crate::mutants::Mutant::TerminalOverwrite) {
        return true;
    }
    EDGES.iter().any(|(state, next)| state == from && next.contains(to))
}

/// True when nothing can become of it any more.
pub fn is_final(status: &PaymentStatus) -> bool {
    !EDGES.iter().any(|(state, _)| state == status)
}

/// True when it has ended without money.
pub fn ended_unpaid(status: &PaymentStatus) -> bool {
    is_final(status) && *status != PaymentStatus::Success
}

/// The state that a callback asks for.
///
/// # Errors
/// When the callback uses a word that means none.
pub fn callback_target(callback: &ChannelCallback) -> Result<PaymentStatus> {
    match &callback.status {
        CallbackStatus::Success | CallbackStatus::Paid => Ok(PaymentStatus::Success),
        CallbackStatus::Failed | CallbackStatus::Error => Ok(PaymentStatus::Failed),
        CallbackStatus::Cancelled | CallbackStatus::Canceled => Ok(PaymentStatus::Cancelled),
        CallbackStatus::Other(word) => {
            Err(Error::invalid_input("status", format!("must be one of {:?}; it is `{word}`", CallbackStatus::KNOWN)))
        }
    }
}

// === refusals ===

/// The channel or the risk service said no for good.
pub fn refused(code: &'static str, reason: &str) -> Error {
    Error::declined(code, reason)
}

/// The payment may or may not have been made; the saga goes on asking.
pub fn unresolved(payment_no: &str) -> Error {
    let message = format!("payment {payment_no} is not decided yet; repeat the request with the same Idempotency-Key");
    let certainty = payment_clients::contract::certainty::Certainty::PossiblyProcessed;
    Error::new(ErrorKind::Gateway, certainty, message).with_code("PAYMENT_UNRESOLVED")
}

#[cfg(test)]
mod tests {
    use payment_clients::apis::payment_gateway::PaymentStatus;

    use super::{EDGES, amount, is_final, may_become};

    fn states() -> [PaymentStatus; 6] {
        use PaymentStatus::{Cancelled, Expired, Failed, Pending, Processing, Success};
        [Pending, Processing, Success, Failed, Cancelled, Expired]
    }

    #[test]
    fn a_final_state_is_never_left() {
        for from in states().iter().filter(|state| is_final(state)) {
            assert!(states().iter().all(|to| !may_become(from, to)), "{from}");
        }
        assert_eq!(states().iter().filter(|state| is_final(state)).count(), 4);
        assert!(EDGES.iter().all(|(from, next)| !next.contains(from)), "no state becomes itself");
    }

    #[test]
    fn every_state_can_be_ended() {
        for (from, next) in EDGES {
            assert!(next.iter().any(is_final), "{from}");
        }
    }

    #[test]
    fn amounts_outside_the_range_are_refused_by_name() {
        for (value, word) in
            [(0, "zero"), (-1, "-1"), (i64::MIN, "-9"), (super::MAX_AMOUNT + 1, "at most"), (i64::MAX, "at most")]
        {
            let error = amount(value).expect_err("out of range");
            assert_eq!(error.code(), Some("INVALID_AMOUNT"));
            assert!(error.message().contains("`amount`") && error.message().contains(word), "{error}");
        }
        assert!(amount(1).is_ok() && amount(super::MAX_AMOUNT).is_ok());
    }
}
