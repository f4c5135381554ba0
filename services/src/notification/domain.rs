//! What may be sent, to whom, how it is signed, and when it is tried again. Pure.

pub mod fields;
pub mod handed;
pub mod schedule;
pub mod signing;
pub mod target;
pub mod templates;
pub mod texts;

use payment_clients::apis::notification::{EventType, NoticeType, NotificationType, TemplateCode};

/// What an event is called as preferences and endpoints name it: `withdrawal_failed` is `withdrawal.failed`.
pub fn event_of(notice: &NoticeType) -> EventType {
    EventType::from(notice.as_str().replacen('_', ".", 1).as_str())
}

/// The template that tells of an event: `payment.success` is told by `payment_success`.
pub fn template_of(event: &EventType) -> TemplateCode {
    event.as_str().replace('.', "_").as_str().into()
}

/// What a notification of an event is about.
pub fn kind_of(event: &EventType) -> NotificationType {
    match event.as_str().split('.').next().unwrap_or_default() {
        "payment" => NotificationType::Payment,
        "refund" => NotificationType::Refund,
        "order" => NotificationType::Order,
        "merchant" | "kyc" => NotificationType::Account,
        "password" => NotificationType::Security,
        "system" => NotificationType::System,
        _ => NotificationType::Transaction,
    }
}

#[cfg(test)]
mod tests {
    use super::{EventType, NoticeType, event_of, template_of};

    #[test]
    fn a_notice_and_its_event_have_one_template() {
        for word in NoticeType::KNOWN {
            assert_eq!(template_of(&event_of(&NoticeType::from(*word))).as_str(), *word);
        }
        assert_eq!(event_of(&NoticeType::PaymentSuccess), EventType::PaymentSuccess);
    }
}
