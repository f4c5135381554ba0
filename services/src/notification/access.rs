//! Who may call notification-service: merchants for what is theirs, services that have something to tell, and staff.

use crate::kit::identity::access::{
    Access,
    Who::{Service, Session, Staff},
};

/// Services that tell merchants something themselves; most of it comes as events.
const TELLS: &[&str] =
    &["kyc-service", "merchant-auth-service", "merchant-service", "settlement-service", "withdrawal-service"];
/// Shows merchants what they have not read.
const SHOWS: &str = "merchant-service";

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("send_notification", &[Service(TELLS), Staff]),
    ("create_notification", &[Service(TELLS), Staff]),
    ("send_email", &[Session, Service(TELLS), Staff]),
    ("send_sms", &[Session, Service(TELLS), Staff]),
    ("send_webhook", &[Session, Service(TELLS), Staff]),
    ("send_email_by_template", &[Session, Service(TELLS), Staff]),
    ("list_notifications", &[Session, Staff]),
    ("get_notification", &[Session, Staff]),
    ("mark_notification_read", &[Session, Staff]),
    ("count_unread_notifications", &[Session, Service(&[SHOWS]), Staff]),
    ("list_templates", &[Session, Staff]),
    ("create_template", &[Session, Staff]),
    ("get_template", &[Session, Staff]),
    ("update_template", &[Session, Staff]),
    ("delete_template", &[Session, Staff]),
    ("list_preferences", &[Session, Staff]),
    ("create_preference", &[Session, Staff]),
    ("get_preference", &[Session, Staff]),
    ("update_preference", &[Session, Staff]),
    ("delete_preference", &[Session, Staff]),
    ("list_webhook_endpoints", &[Session, Staff]),
    ("create_webhook_endpoint", &[Session, Staff]),
    ("update_webhook_endpoint", &[Session, Staff]),
    ("delete_webhook_endpoint", &[Session, Staff]),
    ("list_webhook_deliveries", &[Session, Staff]),
]);
