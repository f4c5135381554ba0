use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/rates", cache, stale_if_error = "1 day")]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
