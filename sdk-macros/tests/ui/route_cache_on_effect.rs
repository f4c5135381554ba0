use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[put("/orders", cache = "5s")]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
