use payment_clients::prelude::*;

#[derive(Clone, ServiceClient)]
#[client(api(OrderApi))]
pub struct OrderClient<T> {
    base: BaseClient,
    other: T,
}

fn main() {}
