use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders/{order_no}")]
    async fn get_order(&self, order_no: u64) -> Result<()>;

    #[delete("/orders/{id}")]
    async fn delete_order(&self, id: u64) -> Result<()>;
}

fn main() {}
