use payment_clients::prelude::*;

#[api(servce = "order-service", tier = "urgent")]
pub trait OrderApi {
    #[post("/orders", keyd, timeout = "1h")]
    async fn create_order(&self, order: &String, items: &String) -> Result<()>;

    #[get("/orders/{order_no}", money)]
    fn get_order(&self, number: u64) -> Result<()>;

    async fn list_orders(&self) -> Result<()>;
}

fn main() {}
