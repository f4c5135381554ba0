use payment_clients::prelude::*;

#[api(service = "bank")]
pub trait BankApi {
    #[post("/transfers", keyed, status = "get_transfr")]
    async fn send(&self, #[body] transfer: &str) -> Result<()>;

    #[get("/transfers/{number}")]
    async fn get_transfer(&self, number: &str) -> Result<()>;
}

fn main() {}
