use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders", keyed, long_poll)]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
