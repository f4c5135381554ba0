use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders/{id}/items/{id}")]
    async fn operation(&self, id: u64) -> Result<()>;
}

fn main() {}
