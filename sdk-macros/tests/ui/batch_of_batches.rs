use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/events", batch = "record_events")]
    async fn record_event(&self, event: &String) -> Result<()>;

    #[post("/events/batch", batch = "record_all")]
    async fn record_events(&self, events: Vec<String>) -> Result<()>;

    #[post("/events/all")]
    async fn record_all(&self, events: Vec<Vec<String>>) -> Result<()>;
}

fn main() {}
