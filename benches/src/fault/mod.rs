//! A server that fails as told and keeps its own book, so that what clients believe can be compared with what happened.
//!
//! | module | holds |
//! |---|---|
//! | [`fate`] | what can become of one attempt, and the alphabet of fates |
//! | [`book`] | what the server did: attempts, effects, stored answers |
//! | [`host`] | plan and book of one server, whatever carries its bytes |
//! | [`memory`] | the host as a transport without sockets, for virtual time |
//! | [`server`], [`h1`], [`h2`], [`tls`] | the host on real sockets, over HTTP/1.1 and HTTP/2, plain and TLS |
//! | [`calls`] | one operation of each class, and clients with small numbers |
//! | [`judge`] | what a caller knows at the end, held against the book |
//! | [`campaign`] | a long random run, the same for the same seed |

pub mod book;
pub mod calls;
pub mod campaign;
pub mod fate;
pub mod h1;
pub mod h2;
pub mod host;
pub mod judge;
pub mod memory;
pub mod server;
pub mod tls;
