use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi<T> where T: Clone {
    #[get("/orders")]
    async fn list_orders(&self) -> Result<()>;
}

fn main() {}
