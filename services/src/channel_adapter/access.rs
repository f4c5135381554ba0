//! Who may call the channel adapter: the gateway, and the channels with what they have to tell.

use crate::kit::identity::access::{
    Access,
    Who::{Public, Service, Staff},
};

const PAYS: &str = "payment-gateway";
const WEBHOOK: &str = "the channel signs the body with a secret of its own, which the handler checks";

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("create_channel_payment", &[Service(&[PAYS])]),
    ("create_channel_payment_alias", &[Service(&[PAYS])]),
    ("query_channel_payment", &[Service(&[PAYS]), Staff]),
    ("query_channel_payment_by_body", &[Service(&[PAYS]), Staff]),
    ("cancel_channel_payment", &[Service(&[PAYS])]),
    ("cancel_channel_trade", &[Service(&[PAYS])]),
    ("create_channel_refund", &[Service(&[PAYS])]),
    ("create_channel_refund_alias", &[Service(&[PAYS])]),
    ("query_channel_refund", &[Service(&[PAYS]), Staff]),
    ("list_channel_configs", &[Service(&[PAYS]), Staff]),
    ("get_channel_config", &[Service(&[PAYS]), Staff]),
    ("handle_stripe_webhook", &[Public(WEBHOOK)]),
    ("handle_paypal_webhook", &[Public(WEBHOOK)]),
]);
