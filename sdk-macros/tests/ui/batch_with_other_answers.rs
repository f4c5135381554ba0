use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/events", batch = "record_events")]
    async fn record_event(&self, event: &String) -> Result<u64>;

    #[post("/events/batch")]
    async fn record_events(&self, events: Vec<String>) -> Result<()>;
}

fn main() {}
