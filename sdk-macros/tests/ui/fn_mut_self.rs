use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders")]
    async fn list_orders(&mut self) -> Result<()>;
}

fn main() {}
