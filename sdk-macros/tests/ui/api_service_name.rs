use payment_clients::prelude::*;

#[api(service = "Order Service")]
pub trait OrderApi {
    #[get("/orders")]
    async fn list_orders(&self) -> Result<()>;
}

fn main() {}
