use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders", timeout = "5 seconds", attempt_timeout = 5)]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
