use payment_clients::prelude::*;

#[api(service = "order-service")]
pub struct Orders;

fn main() {}
