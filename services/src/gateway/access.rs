//! Who may call the gateway: merchants, each for itself; the checkout for them; staff to look.

use crate::kit::{
    identity::access::{
        Access,
        Who::{Merchant, Public, Service, Session, Staff},
    },
    outbox::LISTENERS,
};

const CHECKOUT: &str = "cashier-service";
/// Shows merchants what is theirs.
const SHOWS: &str = "merchant-service";
const CALLBACK: &str = "the channel adapter signs the body with a secret of both, which the handler checks";

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("create_payment", &[Merchant, Session, Service(&[CHECKOUT])]),
    ("list_payments", &[Merchant, Session, Service(&[SHOWS]), Staff]),
    ("get_payment", &[Merchant, Session, Service(&[CHECKOUT]), Staff]),
    ("cancel_payment", &[Merchant, Session, Service(&[CHECKOUT])]),
    ("create_refund", &[Merchant, Session, Staff]),
    ("list_refunds", &[Merchant, Session, Staff]),
    ("get_refund", &[Merchant, Session, Staff]),
    ("handle_stripe_webhook", &[Public(CALLBACK)]),
    ("handle_paypal_webhook", &[Public(CALLBACK)]),
    ("read_events", &[Service(LISTENERS)]),
]);
