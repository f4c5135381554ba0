use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders", keyed = true)]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
