//! Who may call order-service: the services that sell and pay, and staff. Merchants see their orders through those.

use crate::kit::{
    identity::access::{
        Access,
        Who::{Service, Staff},
    },
    outbox::LISTENERS,
};

const PAYS: &str = "payment-gateway";
/// Shows orders to the merchants whose they are, and takes their word on what was shipped.
const SHOWS: &str = "merchant-service";

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("create_order", &[Service(&[PAYS])]),
    ("list_orders", &[Service(&[PAYS, SHOWS]), Staff]),
    ("get_order", &[Service(&[PAYS, SHOWS]), Staff]),
    ("cancel_order", &[Service(&[PAYS])]),
    ("pay_order", &[Service(&[PAYS])]),
    ("refund_order", &[Service(&[PAYS])]),
    ("ship_order", &[Service(&[SHOWS]), Staff]),
    ("complete_order", &[Service(&[SHOWS]), Staff]),
    ("update_order_status", &[Service(&[PAYS])]),
    ("get_order_statistics", &[Service(&[SHOWS]), Staff]),
    ("get_daily_summary", &[Service(&[SHOWS]), Staff]),
    ("read_events", &[Service(LISTENERS)]),
]);
