//! Testing against `payment-clients`: stand-ins for the other end of a call, at four depths. Each replaces a dependency
//! in one line.
//!
//! | under test | stand-in | what runs for real |
//! |---|---|---|
//! | what my code decides | [`MockOrderApi`](#what-my-code-decides), written by `#[api]` | my code |
//! | what a declaration asks for | [`Wire`] | the declaration: path, query, headers, body |
//! | my code and its client: retries, keys, deadlines, doubts | [`network`] with [`Faults`] | all layers, and the service's routes |
//! | a client's contract, against a socket | [`Stub`] of [wiremock] | everything, the transport too |
//!
//! A [`Witness`] sees what was asked, over as many of them as a test has. Switch the feature `mock` on under
//! `[dev-dependencies]`: it is of no use outside of tests.
//!
//! # What my code decides
//!
//! Code that holds `Arc<dyn OrderApi>` takes a mock where it takes a client. A mock answers what it was told and nothing
//! else: an operation without an answer fails, and says which line is missing.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use std::sync::Arc;
//!
//! use payment_clients::{
//!     apis::order::{CancelOrder, MockOrderApi, OrderApi},
//!     mock::failure,
//!     prelude::*,
//! };
//!
//! /// The code under test: true when the order is certainly open still.
//! async fn give_up(orders: &Arc<dyn OrderApi>) -> bool {
//!     let cancelled = orders.cancel_order(&"OD1".into(), &CancelOrder::default()).await;
//!     cancelled.is_err_and(|error| error.certainty().nothing_happened())
//! }
//!
//! let orders: Arc<dyn OrderApi> = Arc::new(MockOrderApi::new().on_cancel_order(|_, _| Err(failure::refused())));
//! assert!(give_up(&orders).await, "nobody was reached");
//!
//! let orders: Arc<dyn OrderApi> = Arc::new(MockOrderApi::new().on_cancel_order(|_, _| Err(failure::lost())));
//! assert!(!give_up(&orders).await, "it may have been cancelled");
//! # }
//! ```
//!
//! [`failure`] has a word for each certainty, and [`failure::in_doubt`] one for code that goes on to
//! [`reconcile`](crate::contract::indeterminate::Indeterminate::reconcile). [`InTurn`] answers one call after the other.
//! An answer that takes its time waits for a future of the test: `.before(&order_api::CANCEL_ORDER, || sleep(..))`.
//!
//! # Who was asked what
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use payment_clients::{
//!     apis::{
//!         order::{CancelOrder, MockOrderApi, order_api},
//!         risk::{BlacklistLookup, EntityType, MockBlacklistApi, blacklist_api},
//!     },
//!     mock::Witness,
//!     prelude::*,
//! };
//!
//! let witness = Witness::new();
//! let orders = MockOrderApi::new().on_cancel_order(|_, _| Ok(())).seen_by(&witness);
//! let lookup = |_, _: &str| Ok(BlacklistLookup { hit: true, blacklist: None });
//! let blacklist = MockBlacklistApi::new().on_check_blacklist(lookup).seen_by(&witness);
//!
//! // ... what the code under test does:
//! if blacklist.check_blacklist(EntityType::Ip, "10.0.0.1").await.unwrap().hit {
//!     let fraud = CancelOrder { reason: "fraud".into(), ..CancelOrder::default() };
//!     orders.cancel_order(&"OD1".into(), &fraud).await.unwrap();
//! }
//!
//! assert_eq!(witness.order(), ["check_blacklist", "cancel_order"]);
//! assert_eq!(witness.of(&blacklist_api::CHECK_BLACKLIST)[0].arg("entity_value").as_deref(), Some("10.0.0.1"));
//! let cancelled = &witness.of(&order_api::CANCEL_ORDER)[0];
//! assert_eq!(cancelled.arg("order_no").as_deref(), Some("OD1"));
//! assert_eq!(cancelled.json::<CancelOrder>().unwrap().reason, "fraud");
//! # }
//! ```
//!
//! # What goes wrong on the way
//!
//! A mock that returns errors shows what code does with them. Whether the *client* repeats rightly shows on a network:
//! the real layers in front of the real routes, without a socket, and [`Faults`] in between. What happens at each fault,
//! and what its client can know afterwards, is in the table of [`Fault`].
//!
//! ```
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! use payment_clients::{
//!     apis::order::{CancelOrder, MockOrderApi, order_api},
//!     mock::{self, Fault, Faults, Witness},
//!     prelude::*,
//! };
//!
//! let (handled, sent) = (Witness::new(), Witness::new());
//! let service = order_api::router(MockOrderApi::new().on_cancel_order(|_, _| Ok(())).seen_by(&handled));
//! let faults = Faults::new().on(&order_api::CANCEL_ORDER, Fault::drop_after().once());
//! let orders: OrderClient = mock::client(mock::network(service).faults(&faults).seen_by(&sent)).unwrap();
//!
//! // The answer of the first attempt is lost. The second carries the same key.
//! orders.cancel_order(&"OD1".into(), &CancelOrder::default()).await.unwrap();
//! let keys = sent.keys(&order_api::CANCEL_ORDER);
//! assert!(keys.len() == 2 && keys[0] == keys[1]);
//! assert_eq!(handled.count(&order_api::CANCEL_ORDER), 2, "a service that keeps keys will have cancelled once");
//! # }
//! ```
//!
//! # Time
//!
//! Every wait of the client and of this module is on tokio's clock: it is what
//! [`Clock`](crate::seams::Clock) reads, and what `Fault::delay` sleeps on. Under `#[tokio::test(start_paused = true)]`
//! (tokio's feature `test-util`) time stands still while anything runs, and jumps to the next timer when nothing does. So
//! a timeout of three seconds is tested in no time, and its duration can be asserted to the millisecond. The wall clock
//! of `Clock` moves along.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] // as `tokio::test` does
//! # async fn main() {
//! use std::time::Duration;
//!
//! use payment_clients::{
//!     apis::order::{CancelOrder, MockOrderApi, order_api},
//!     mock::{self, Fault, Faults},
//!     prelude::*,
//! };
//! use tokio::time::Instant;
//!
//! let slow = Faults::new().on_all(Fault::delay(Duration::from_secs(60)).always());
//! let service = order_api::router(MockOrderApi::new().on_cancel_order(|_, _| Ok(())));
//! let orders: OrderClient = mock::client(mock::network(service).faults(&slow)).unwrap();
//!
//! let (began, brief) = (Instant::now(), CallOptions::new().deadline(Duration::from_millis(800)));
//! let error = orders.with(brief).cancel_order(&"OD1".into(), &CancelOrder::default()).await.unwrap_err();
//! assert_eq!(error.certainty(), Certainty::PossiblyProcessed);
//! assert_eq!(began.elapsed().as_millis(), 800);
//! # }
//! ```
//!
//! A socket knows no virtual time: a runtime that waits for one is idle, and a paused clock jumps over every timeout. Use
//! networks with paused time, and stubs without.
//!
//! # Over a socket
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use payment_clients::{
//!     apis::order::{CancelOrder, order_api},
//!     prelude::*,
//! };
//! use wiremock::MockServer;
//!
//! let server = MockServer::start().await;
//! // The first connection breaks, all further ones are answered.
//! order_api::stubs::cancel_order().breaks().up_to_n_times(1).mount(&server).await;
//! order_api::stubs::cancel_order().path_arg("order_no", "OD1").answers(&()).expect(1).mount(&server).await;
//!
//! let orders = OrderClient::connect(&server.uri()).unwrap();
//! orders.cancel_order(&"OD1".into(), &CancelOrder::default()).await.unwrap();
//! # }
//! ```

mod answers;
pub mod failure;
mod fault;
mod network;
mod stub;
mod wire;
mod witness;

pub use http::StatusCode;

pub use answers::{InTurn, Stage, unanswered};
pub use fault::{Fault, Faults, Plan};
pub use network::{Network, client, network};
pub use stub::Stub;
pub use wire::Wire;
pub use witness::{Seen, Witness};
