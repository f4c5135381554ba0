//! The host as a transport without sockets, for runs on virtual time.

use std::{future::pending, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use payment_clients::transport::{failure::Failure, memory::Memory};
use tokio::time::sleep_until;

use super::{
    book::Arrival,
    fate::{Fate, Loss},
    host::Host,
};

/// A transport that brings requests to `host`, and faults in the shape in which a transport reports them.
pub fn transport(host: Arc<Host>) -> Memory {
    Memory::new(move |request| exchange(Arc::clone(&host), request))
}

async fn exchange(host: Arc<Host>, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
    let arrival = Arrival::of(&request).ok_or_else(|| Failure::Request("no operation of the book".into()))?;
    let fate = host.fate_of(&arrival);
    let Some(delivery) = host.act(&arrival, fate) else {
        return Err(match fate {
            Fate::Refused => Failure::Connect("connection refused".into()),
            _ => Failure::Broken("connection reset".into()),
        });
    };
    sleep_until(delivery.at.into()).await;
    match delivery.loss {
        None => Ok(delivery.page),
        Some(Loss::Stall) => pending().await,
        Some(Loss::Cut { bytes: 1.., .. } | Loss::ShortChunks) => Err(Failure::Truncated("unexpected end".into())),
        Some(Loss::Cut { .. } | Loss::GivenUp(_)) => Err(Failure::Broken("connection reset".into())),
    }
}
