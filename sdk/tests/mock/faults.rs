//! What a fault does to an attempt, and what its client can know of it: all layers, real routes, virtual time.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::StatusCode;
use payment_clients::{
    client::BaseClient,
    contract::{
        call::Call,
        certainty::Certainty::{self, NotProcessed, NotSent, PossiblyProcessed},
        error::{Error, ErrorKind, Nack},
        options::{CallOptions, Scoped},
    },
    mock::{Fault, Faults, Witness, network},
    seams::Rng,
    server::{self, Routes},
};
use tokio::time::Instant;

use super::{CANCEL, CREATE, GET, Order, SERVICE, cancel_order, create_order, get_order, order};

/// A client of a service that does what it is asked, and what the two ends see.
struct World {
    client: BaseClient,
    /// Attempts that the client sent.
    sent: Witness,
    /// Requests that a handler ran for, one letter each.
    handled: Arc<Mutex<String>>,
}

fn world(faults: &Faults) -> World {
    let handled = Arc::<Mutex<String>>::default();
    let note = |letter: char| {
        let handled = Arc::clone(&handled);
        move || handled.lock().unwrap().push(letter)
    };
    let (created, cancelled, read) = (note('c'), note('x'), note('r'));
    let routes = Routes::new(())
        .route(&CREATE, move |_, incoming| {
            created();
            async move { incoming.json::<Order>() }
        })
        .route(&CANCEL, move |_, _| {
            cancelled();
            async { Ok(()) }
        })
        .route(&GET, move |_, incoming| {
            read();
            async move { Ok(order(&incoming.path::<String>("order_no")?)) }
        });
    let sent = Witness::new();
    let network = network(routes.into_router()).faults(faults).seen_by(&sent);
    let client = BaseClient::builder(SERVICE).url("http://orders").build_on(&network).unwrap();
    World { client, sent, handled }
}

impl World {
    fn handled(&self) -> String {
        self.handled.lock().unwrap().clone()
    }
}

// === the table of faults ===

/// What one attempt of an unsafe operation comes to: how often the handler ran, the kind of error, the certainty.
async fn one_attempt(fault: Fault) -> (usize, ErrorKind, Certainty) {
    let world = world(&Faults::new().on(&CANCEL, fault.always()));
    let once = Scoped::new(world.client.clone(), CallOptions::new().max_attempts(1));
    let error = once.scope(cancel_order(once.inner(), "OD1")).await.unwrap_err();
    assert_eq!(world.sent.count(&CANCEL), 1);
    (world.handled().len(), error.kind(), error.certainty())
}

#[tokio::test(start_paused = true)]
async fn each_fault_leaves_the_certainty_that_its_table_says() {
    use ErrorKind::{Gateway, Interrupted, RateLimited, Timeout, Unavailable, Unreachable};
    const LONG: Duration = Duration::from_secs(60);
    let busy = Fault::status(StatusCode::SERVICE_UNAVAILABLE);
    let rows = [
        (Fault::refuse(), 0, Unreachable, NotSent),
        (Fault::refuse().delayed(Duration::from_millis(10)), 0, Unreachable, NotSent),
        (Fault::drop_before(), 0, Interrupted, PossiblyProcessed),
        (Fault::drop_after(), 1, Interrupted, PossiblyProcessed),
        (Fault::truncate(), 1, Interrupted, PossiblyProcessed),
        (busy, 0, Unavailable, PossiblyProcessed),
        (busy.nack(Nack::Retry), 0, Unavailable, NotProcessed),
        (busy.nack(Nack::Final), 0, Unavailable, NotProcessed),
        (Fault::status(StatusCode::TOO_MANY_REQUESTS), 0, RateLimited, PossiblyProcessed),
        (Fault::status(StatusCode::BAD_GATEWAY), 0, Gateway, PossiblyProcessed),
        (Fault::delay(LONG), 1, Timeout, PossiblyProcessed),
        (Fault::drop_before().delayed(LONG), 0, Timeout, PossiblyProcessed),
    ];
    for (fault, handled, kind, certainty) in rows {
        assert_eq!(one_attempt(fault).await, (handled, kind, certainty), "{fault:?}");
    }
}

// === what the client makes of them ===

#[tokio::test(start_paused = true)]
async fn a_keyed_call_is_repeated_with_its_key_and_an_unsafe_one_is_not() {
    let lost = || Faults::new().on_all([Fault::drop_after()]);
    let world = world(&lost());
    create_order(&world.client, &order("OD1")).await.unwrap();
    let seen = world.sent.of(&CREATE);
    assert_eq!((seen.len(), world.handled().as_str()), (2, "cc"));
    assert!(seen[0].key.is_some() && seen[0].key == seen[1].key && seen[0].body == seen[1].body);
    assert_eq!((seen[0].attempt, seen[1].attempt), (1, 2));

    let world = self::world(&lost());
    let error = cancel_order(&world.client, "OD1").await.unwrap_err();
    assert_eq!((error.certainty(), world.handled().as_str()), (PossiblyProcessed, "x"));
}

#[tokio::test(start_paused = true)]
async fn what_did_not_begin_is_repeated_whatever_its_class() {
    let busy = Fault::status(StatusCode::SERVICE_UNAVAILABLE).nack(Nack::Retry);
    for fault in [Fault::refuse(), busy] {
        let world = world(&Faults::new().on(&CANCEL, fault.once()));
        cancel_order(&world.client, "OD1").await.unwrap();
        assert_eq!((world.sent.count(&CANCEL), world.handled().as_str()), (2, "x"), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_servers_hint_is_waited_for_in_virtual_time() {
    let busy = Fault::status(StatusCode::SERVICE_UNAVAILABLE).nack(Nack::Retry).retry_after(Duration::from_secs(2));
    let world = world(&Faults::new().on(&GET, busy.once()));
    let began = Instant::now();
    get_order(&world.client, "OD1").await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_delay_within_the_timeout_costs_virtual_time_and_nothing_else() {
    let world = world(&Faults::new().on(&GET, Fault::delay(Duration::from_millis(700)).once()));
    let began = Instant::now();
    get_order(&world.client, "OD1").await.unwrap();
    assert_eq!((began.elapsed(), world.handled().as_str()), (Duration::from_millis(700), "r"));
}

// === scripts ===

#[tokio::test(start_paused = true)]
async fn the_first_plan_with_a_fault_decides_and_other_operations_pass() {
    let faults = Faults::new().on(&CANCEL, [Fault::none(), Fault::drop_after()]).on_all(Fault::refuse().once());
    let world = world(&faults);
    get_order(&world.client, "OD1").await.unwrap();
    assert_eq!(world.sent.count(&GET), 2, "the plan for all has hit the read");
    cancel_order(&world.client, "OD1").await.unwrap();
    cancel_order(&world.client, "OD1").await.unwrap_err();
    cancel_order(&world.client, "OD1").await.unwrap();
    assert_eq!(world.handled(), "rxxx", "faults in turn, then none");
}

#[tokio::test(start_paused = true)]
async fn an_outage_begins_and_ends_while_a_client_is_in_use() {
    let faults = Faults::new();
    let world = world(&faults);
    create_order(&world.client, &order("OD1")).await.unwrap();
    let _down = faults.clone().on_all(Fault::refuse().always());
    let error = create_order(&world.client, &order("OD2")).await.unwrap_err();
    assert!(error.certainty().nothing_happened());
    faults.clear();
    create_order(&world.client, &order("OD3")).await.unwrap();
    assert_eq!(world.handled(), "cc");
}

#[tokio::test(start_paused = true)]
async fn a_share_hits_about_so_many_and_the_same_ones_for_the_same_seed() {
    async fn hit(seed: u64) -> Vec<bool> {
        let world = world(&Faults::new().on_all(Fault::truncate().share(100, Rng::seeded(seed))));
        let once = Scoped::new(world.client.clone(), CallOptions::new().max_attempts(1));
        let mut hit = Vec::new();
        for _ in 0..500 {
            hit.push(once.scope(get_order(once.inner(), "OD1")).await.is_err());
        }
        hit
    }
    let (first, again, other) = (hit(7).await, hit(7).await, hit(8).await);
    let count = first.iter().filter(|hit| **hit).count();
    assert!((30..=70).contains(&count), "{count} of 500 are no tenth");
    assert!(first == again && first != other);
}

// === the network ===

#[tokio::test]
async fn a_network_puts_the_whole_stack_in_front_of_the_real_routes() {
    let router = Routes::new(()).route(&CREATE, |_, incoming| async move {
        let context = server::current();
        assert!(context.deadline.is_some() && context.key.is_some() && context.trace.is_some());
        match context.attempt {
            1 => Err(Error::unavailable("busy", Duration::ZERO)),
            _ => incoming.json::<Order>(),
        }
    });
    let client = BaseClient::builder(SERVICE).url("http://orders").build_on(&network(router.into_router())).unwrap();
    assert_eq!(create_order(&client, &order("OD1")).await.unwrap(), order("OD1"), "the second attempt");
}

#[tokio::test]
async fn an_attempt_is_told_from_others_whose_path_looks_alike() {
    use http::Method;
    use payment_clients::contract::{operation::Operation, request::Request};
    static STATISTICS: Operation = Operation::new(SERVICE, "statistics", Method::GET, "/orders/statistics");
    let sent = Witness::new();
    let router = Routes::new(()).route(&STATISTICS, |_, _| async { Ok(7) }).into_router();
    let network = network(router).faults(&Faults::new().on(&GET, Fault::refuse().always())).seen_by(&sent);
    let client = BaseClient::builder(SERVICE).url("http://orders").build_on(&network).unwrap();
    let answer = client.call(Request::new(&STATISTICS)).await.unwrap();
    assert_eq!(answer.decode::<u32>().unwrap(), 7);
    assert_eq!((sent.count(&STATISTICS), sent.count(&GET)), (1, 0));
}
