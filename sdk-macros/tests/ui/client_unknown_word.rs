use payment_clients::prelude::*;

#[derive(Clone, ServiceClient)]
#[client(apis(OrderApi))]
pub struct OrderClient {
    base: BaseClient,
}

fn main() {}
