use payment_clients::prelude::*;

#[derive(Clone, ServiceClient)]
#[client(api(OrderApi))]
pub struct OrderClient(BaseClient);

fn main() {}
