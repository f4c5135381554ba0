use payment_clients::prelude::*;

#[derive(Clone, ServiceClient)]
#[client(api(OrderApi))]
pub struct OrderClient {
    base: BaseClient,
    other: BaseClient,
}

fn main() {}
