//! What the gateway does in more than one service, each as a durable saga.
//!
//! | saga | steps | declined | unknown |
//! |---|---|---|---|
//! | `create` | risk → order → channel | order cancelled, payment failed | asked, then repeated under the same key |
//! | `complete` | order paid | incident | repeated |
//! | `close` | order cancelled | incident | repeated |
//! | `cancel` | channel cancelled → order cancelled | the payment stays as it is | repeated |
//! | `refund` | channel refunded → order refunded | the reserved amount is free again | asked, then repeated |
//! | `late_success` | channel refunded | incident | asked, then repeated |

pub mod cancel;
pub mod create;
pub mod follow;
pub mod late;
pub mod refund;

use payment_clients::{
    apis::order::{CancelOrder, OrderApi, OrderNo, OrderStatus},
    contract::{
        error::{Error, ErrorKind},
        options::{CallOptions, WithOptions},
    },
};

use super::deps::Deps;
use crate::kit::saga::{Call, Outcome, Reason};

/// The options of a step's call: its key.
fn keyed(call: &Call) -> CallOptions {
    CallOptions::new().key(call.key.clone())
}

/// Cancels an order; one that is cancelled already, by another way to the same end, is as good.
async fn cancel_order(deps: &Deps, order_no: &OrderNo, reason: &str, call: &Call) -> Outcome {
    let request = CancelOrder { reason: reason.to_owned(), ..CancelOrder::default() };
    match deps.orders.with(keyed(call)).cancel_order(order_no, &request).await {
        Err(error) if error.kind() == ErrorKind::Conflict => match deps.orders.get_order(order_no).await {
            Ok(order) if order.status == OrderStatus::Cancelled => Outcome::done(&()),
            Ok(_) => Outcome::Declined(error),
            Err(unanswered) => Outcome::Unknown(unanswered),
        },
        result => result.into(),
    }
}

/// The refusal that a waiting caller is told and a repeat hears again: whatever stood in the way, it is final now.
pub(super) fn refusal(reason: &Reason) -> Error {
    let error = reason.to_error();
    let status = error.status().filter(http::StatusCode::is_client_error);
    error.with_status(status.unwrap_or(http::StatusCode::UNPROCESSABLE_ENTITY))
}
