use payment_clients::prelude::*;

#[api(service = "bank")]
pub trait BankApi {
    #[get("/transfers", status = "get_transfer")]
    async fn list(&self, number: &str) -> Result<()>;

    #[get("/transfers/{number}")]
    async fn get_transfer(&self, number: &str) -> Result<()>;
}

fn main() {}
