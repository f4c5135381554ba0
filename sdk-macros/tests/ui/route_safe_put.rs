use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[put("/orders", safe)]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
