use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/streams/{stream}/events", batch = "record_events")]
    async fn record_event(&self, stream: u64, event: &String) -> Result<()>;

    #[post("/events/batch")]
    async fn record_events(&self, events: Vec<String>) -> Result<()>;
}

fn main() {}
