use payment_clients::prelude::*;

#[derive(Clone, ServiceClient)]
#[client(api(OrderApi))]
pub enum OrderClient {
    One(BaseClient),
}

fn main() {}
