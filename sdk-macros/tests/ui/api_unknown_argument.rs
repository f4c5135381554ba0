use payment_clients::prelude::*;

#[api(service = "order-service", base = "/api/v1")]
pub trait OrderApi {
    #[get("/orders")]
    async fn list_orders(&self) -> Result<()>;
}

fn main() {}
