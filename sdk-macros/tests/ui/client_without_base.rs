use payment_clients::prelude::*;

#[derive(Clone, ServiceClient)]
#[client(api(OrderApi))]
pub struct OrderClient {
    calls: u64,
}

fn main() {}
