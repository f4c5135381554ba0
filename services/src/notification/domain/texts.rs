//! What the service says where neither the merchant nor the configuration says it better.

use payment_clients::apis::notification::{DeliveryChannel, TemplateCode};

use crate::kit::configuration::Template;

/// The ways that have a text.
pub const WAYS: [DeliveryChannel; 3] = [DeliveryChannel::Email, DeliveryChannel::Sms, DeliveryChannel::InApp];

/// Code, subject and content of each.
const TEXTS: &[(&str, &str, &str)] = &[
    ("payment_success", "Payment received", "Payment {{payment_no}} of {{formatMoney amount currency}} was paid."),
    ("payment_failed", "Payment failed", "Payment {{payment_no}} of {{formatMoney amount currency}} was not paid."),
    ("refund_completed", "Refund completed", "Refund {{refund_no}} of {{formatMoney amount currency}} was paid back."),
    (
        "refund_failed",
        "Refund failed",
        "Refund {{refund_no}} of {{formatMoney amount currency}} could not be paid back.",
    ),
    ("order_created", "New order", "Order {{order_no}} of {{formatMoney total_amount currency}} was placed."),
    ("order_paid", "Order paid", "Order {{order_no}} of {{formatMoney total_amount currency}} was paid."),
    ("order_cancelled", "Order cancelled", "Order {{order_no}} was cancelled."),
    ("order_refunded", "Order refunded", "Order {{order_no}} was refunded, in part or in whole."),
    ("order_updated", "Order changed", "Order {{order_no}} is {{status}} now."),
    (
        "settlement_completed",
        "Settlement paid",
        "Settlement {{settlement_no}} of {{formatMoney settlement_amount currency}} was paid.",
    ),
    (
        "settlement_failed",
        "Settlement failed",
        "Settlement {{settlement_no}} of {{formatMoney settlement_amount currency}} could not be paid.",
    ),
    (
        "approval_required",
        "Approval needed",
        "Withdrawal {{withdrawal_no}} of {{formatMoney amount currency}} waits for approval.",
    ),
    (
        "withdrawal_approved",
        "Withdrawal approved",
        "Withdrawal {{withdrawal_no}} of {{formatMoney amount currency}} was approved.",
    ),
    (
        "withdrawal_rejected",
        "Withdrawal refused",
        "Withdrawal {{withdrawal_no}} of {{formatMoney amount currency}} was refused.",
    ),
    (
        "withdrawal_completed",
        "Withdrawal paid",
        "Withdrawal {{withdrawal_no}} of {{formatMoney amount currency}} was paid out.",
    ),
    (
        "withdrawal_failed",
        "Withdrawal failed",
        "Withdrawal {{withdrawal_no}} of {{formatMoney amount currency}} could not be paid out.",
    ),
    (
        "withdrawal_returned",
        "Withdrawal returned",
        "Withdrawal {{withdrawal_no}} of {{formatMoney amount currency}} was sent back by the bank.",
    ),
    ("withdrawal_status_update", "Withdrawal changed", "Withdrawal {{withdrawal_no}} is {{status}} now."),
    ("merchant_registered", "Welcome", "{{name}} is registered."),
    ("merchant_frozen", "Business stopped", "{{name}} may do no business for now: it is {{status}}."),
    ("kyc_approved", "Papers accepted", "The papers of {{name}} are in order."),
    ("kyc_rejected", "Papers refused", "The papers of {{name}} were refused."),
];

/// The text of this code for a way.
pub fn of(code: &TemplateCode, channel: &DeliveryChannel) -> Option<Template> {
    let (_, subject, content) = TEXTS.iter().find(|(known, ..)| *known == code.as_str())?;
    WAYS.contains(channel).then(|| Template { subject: (*subject).to_owned(), content: (*content).to_owned() })
}

/// Every code that has a text.
pub fn codes() -> impl Iterator<Item = &'static str> {
    TEXTS.iter().map(|(code, ..)| *code)
}

#[cfg(test)]
mod tests {
    use payment_clients::apis::notification::NoticeType;

    use super::{TEXTS, codes};
    use crate::notification::domain::templates::check;

    #[test]
    fn every_notice_has_a_text_and_every_gap_can_be_read() {
        for word in NoticeType::KNOWN {
            assert!(codes().any(|code| code == *word), "{word}");
        }
        for (code, subject, content) in TEXTS {
            assert!(check("subject", subject).is_ok() && check("content", content).is_ok(), "{code}");
        }
    }
}
