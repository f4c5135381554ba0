//! The layers between a call and its transport: each is a [`Call`](crate::contract::call::Call) around another one, one
//! mechanism a file. Their order, and why, is in [`client::stack`](crate::client::stack).
//!
//! | layer | works per | may |
//! |---|---|---|
//! | [`deadline`] | call | refuse a call that cannot finish, end one that did not |
//! | [`fallback`] | call | answer in place of a service that cannot |
//! | [`cache`] | call | answer a read from what was answered before |
//! | [`single_flight`] | call | let equal reads under way share one call |
//! | [`batch`] | call | let calls travel together |
//! | [`admission`] | call | let a call wait for its place, or refuse it |
//! | [`rate`] | call | let a call wait for quota, or refuse it |
//! | [`retry`] | call | send again, within class, certainty, attempts, budget and time |
//! | [`hedge`] | attempt | send what is slow and may be made twice a second time, elsewhere |
//! | [`identity`] | attempt | fetch and add a credential |
//! | [`balance`] | attempt | choose an instance, or refuse when none is healthy |
//! | [`gate`] | attempt | keep traffic away from an instance that fails |
//! | [`attempt`] | attempt | end one attempt early |
//! | [`foreign`] | call or attempt | whatever a tower layer of the user's does |
//!
//! [`settings`] are all numbers, [`presets`] other starting points, [`live`] is how they change while calls are under way.
//! [`verdict`] says what an outcome counts and against whom, `outage` which failures another answer can stand in for, `told`
//! who hears what the layers do on their own, `wait` how their waits show in a trace.
//! Time and chance come from [`seams`](crate::seams). Which test shows what of each layer: `docs/layer-contracts.md`.
//!
//! The layers ask pure mechanisms, which know neither calls nor networks and are handed time and chance:
//!
//! | mechanism | one per | knows |
//! |---|---|---|
//! | [`gate`] | instance | whether it may be used: the circuit breaker |
//! | [`balance::load`] | instance | how long a call through it would take |
//! | [`admission::limit`] | instance | how many attempts it carries before they only wait |
//! | [`admission::queue`] | dependency | who goes next when not everybody can |
//! | [`rate`] | dependency | how far its quota is used up |
//! | [`retry::budget`] | dependency | how many retries its successes have paid for |
//! | [`share`] | tier of a dependency | how many hedges its calls allow |
//! | [`quantile`] | what is to be learnt | the latency that all but a chosen share stay below |

pub mod admission;
pub mod attempt;
pub mod balance;
pub mod batch;
pub mod cache;
pub mod deadline;
mod epoch;
pub mod fallback;
pub mod foreign;
pub mod gate;
pub mod hedge;
pub mod identity;
pub mod live;
mod outage;
pub mod presets;
pub mod quantile;
pub mod rate;
pub mod retry;
pub mod settings;
pub mod share;
pub mod single_flight;
pub(crate) mod told;
pub mod verdict;
mod wait;
