use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders")]
    async fn operation(&self, #[path] order_no: u64) -> Result<()>;
}

fn main() {}
