use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/payments", money, batch = "pay_all")]
    async fn pay(&self, payment: &String) -> Result<()>;

    #[post("/payments/batch", money)]
    async fn pay_all(&self, payments: Vec<String>) -> Result<()>;
}

fn main() {}
