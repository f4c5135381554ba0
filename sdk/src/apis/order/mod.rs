//! order-service: what is bought, apart from how it is paid. An order follows its payment: it is created before the
//! channel is asked, and marked paid, refunded or cancelled with it.

mod orders;
mod requests;
mod statistics;

pub use crate::apis::ids::OrderNo;

pub use self::{orders::*, requests::*, statistics::*};
