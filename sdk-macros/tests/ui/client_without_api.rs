use payment_clients::prelude::*;

#[derive(Clone, ServiceClient)]
pub struct OrderClient {
    base: BaseClient,
}

fn main() {}
