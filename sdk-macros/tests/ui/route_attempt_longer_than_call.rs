use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders", timeout = "1s", attempt_timeout = "1500ms")]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
