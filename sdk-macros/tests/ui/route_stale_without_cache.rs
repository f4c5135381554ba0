use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/rates", stale_if_error = "5m")]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
