//! The client under test: [`BaseClient`] as a user builds it, on the simulated transport.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use payment_clients::{
    client::BaseClient,
    contract::{
        call::Call,
        error::Result,
        operation::{Class, Operation, Service, Tier},
        request::Request,
    },
    resilience::settings::ClientConfig,
};

use super::{
    caller::{Ask, Caller, Pending},
    network::Network,
    world::World,
};

/// Who is called.
pub const SERVICE: Service = Service { name: "fleet-service", port: None, tier: Tier::Critical };
/// The end of every call, whatever its tier, so that no policy gains by waiting longer.
pub const DEADLINE: Duration = Duration::from_secs(3);

/// An operation for each class and tier, in the order of their enums.
static OPERATIONS: [[Operation; 3]; 4] =
    [each_tier(Class::Safe), each_tier(Class::Idempotent), each_tier(Class::Keyed), each_tier(Class::Unsafe)];

const fn each_tier(class: Class) -> [Operation; 3] {
    [operation(class, Tier::BestEffort), operation(class, Tier::Standard), operation(class, Tier::Critical)]
}

const fn operation(class: Class, tier: Tier) -> Operation {
    let operation = match class {
        Class::Safe => Operation::new(SERVICE, "read", Method::GET, "/things/{id}"),
        Class::Idempotent => Operation::new(SERVICE, "put", Method::PUT, "/things/{id}"),
        Class::Keyed => Operation::new(SERVICE, "pay", Method::POST, "/payments/{id}"),
        Class::Unsafe => Operation::new(SERVICE, "send", Method::POST, "/transfers/{id}"),
    };
    operation.class(class).tier(tier)
}

/// Our client, as the load uses it.
#[derive(Clone, Debug)]
pub struct Ours(BaseClient);

impl Ours {
    /// Client number `number` of a world, with the defaults of a critical service.
    ///
    /// # Errors
    /// When the client cannot be built.
    pub fn new(world: &World, network: &Network, number: u64) -> Result<Self> {
        let mut settings = ClientConfig::of(&SERVICE);
        settings.all_tiers(|tier| tier.total = DEADLINE);
        Self::with(settings, world, network, number)
    }

    /// The same with other settings.
    ///
    /// # Errors
    /// When the client cannot be built.
    pub fn with(settings: ClientConfig, world: &World, network: &Network, number: u64) -> Result<Self> {
        let builder = BaseClient::builder(SERVICE)
            .url(&network.urls().join(","))
            .clock(world.clock())
            .rng(world.rng(number))
            .configure(|config| *config = settings);
        Ok(Self(builder.build_on(network)?))
    }
}

impl Caller for Ours {
    fn call(&self, ask: Ask) -> Pending<'_, bool> {
        Box::pin(async move {
            let operation = &OPERATIONS[ask.class as usize][ask.tier as usize];
            let mut request = Request::new(operation);
            if operation.method != Method::GET {
                request.raw(Bytes::from_static(b"{}"));
            }
            request.path_arg("id", &ask.id).is_ok() && self.0.call(request).await.is_ok()
        })
    }
}
