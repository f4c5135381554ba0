use payment_clients::prelude::*;

#[api(service = "order-service", tier = "critcal")]
pub trait OrderApi {
    #[get("/orders")]
    async fn list_orders(&self) -> Result<()>;
}

fn main() {}
