use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    // nothing yet
}

fn main() {}
