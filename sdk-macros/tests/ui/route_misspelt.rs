use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[pots("/orders")]
    async fn create_order(&self) -> Result<()>;
}

fn main() {}
