//! PayPal's words, in ours.

use payment_clients::{
    apis::channel_adapter::{ChannelPaymentStatus, PaypalAmount, PaypalEvent, PaypalEventType},
    contract::money::{Currency, Money},
};

use super::News;

/// What an event says about a payment; nothing when the platform does not act on its kind.
pub fn news(event: &PaypalEvent) -> Option<News> {
    let status = match event.event_type {
        PaypalEventType::OrderApproved | PaypalEventType::CaptureCompleted => ChannelPaymentStatus::Success,
        PaypalEventType::OrderVoided | PaypalEventType::CaptureDeclined => ChannelPaymentStatus::Failed,
        PaypalEventType::CaptureRefunded => ChannelPaymentStatus::Refunded,
        PaypalEventType::Other(_) => return None,
    };
    Some(News {
        event_id: event.id.clone(),
        payment_no: event.resource.custom_id.clone(),
        // A capture event carries the capture's id, which names no payment of ours.
        trade_no: None,
        status,
        money: event.resource.amount.as_ref().and_then(money),
    })
}

/// `19.99` of `EUR` is 1999: exact, or nothing.
fn money(amount: &PaypalAmount) -> Option<Money> {
    let currency: Currency = amount.currency_code.as_deref()?.parse().ok()?;
    let digits = usize::try_from(currency.exponent()?).ok()?;
    let (whole, decimals) = amount.value.as_deref().map(|value| value.split_once('.').unwrap_or((value, "")))?;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(decimals) || decimals.len() > digits {
        return None;
    }
    let minor_units = format!("{whole}{decimals:0<digits$}").parse().ok()?;
    Some(Money::new(minor_units, currency))
}

#[cfg(test)]
mod tests {
    use super::{PaypalAmount, money};

    fn minor_units(value: &str, currency: &str) -> Option<i64> {
        let (value, currency_code) = (Some(value.to_owned()), Some(currency.to_owned()));
        money(&PaypalAmount { value, currency_code }).map(|money| money.minor_units)
    }

    #[test]
    fn decimal_text_becomes_minor_units_exactly_or_not_at_all() {
        assert_eq!(minor_units("19.99", "EUR"), Some(1999));
        assert_eq!(minor_units("19.9", "EUR"), Some(1990));
        assert_eq!(minor_units("19", "EUR"), Some(1900));
        assert_eq!(minor_units("1999", "JPY"), Some(1999));
        assert_eq!(minor_units("0.001", "KWD"), Some(1));
        for (value, currency) in [
            ("19.999", "EUR"),
            ("19.9", "JPY"),
            ("-1", "EUR"),
            ("+1", "EUR"),
            ("1e3", "EUR"),
            (".5", "EUR"),
            ("", "EUR"),
            ("1,5", "EUR"),
            ("99999999999999999999", "EUR"),
            ("1", "euro"),
            ("1", "XYZ"),
        ] {
            assert_eq!(minor_units(value, currency), None, "{value} {currency}");
        }
    }
}
