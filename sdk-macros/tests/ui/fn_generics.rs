use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders/{id}")]
    async fn get_order<T: ToString>(&self, id: T) -> Result<()>;
}

fn main() {}
