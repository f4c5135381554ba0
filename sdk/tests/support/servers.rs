//! A fleet of scripted servers behind an in-memory transport: each host behaves as it was told last, and keeps what it
//! was sent.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Request as HttpRequest, Response as HttpResponse};
use payment_clients::{
    client::{BaseClient, ClientBuilder},
    seams::Rng,
    transport::{failure::Failure, instance::Instance, memory::Memory},
};

use super::{OK, SERVICE};

/// What a server does with everything it is sent.
#[derive(Clone, Copy)]
pub enum Behaviour {
    /// Answers with success.
    Works,
    /// Answers with success after this time.
    Takes(Duration),
    /// Answers with this status, and these headers.
    Fails(u16, &'static [(&'static str, &'static str)]),
    /// Does not accept connections.
    Refuses,
    /// Never answers.
    Hangs,
}

#[derive(Default)]
struct Book {
    behaviours: BTreeMap<String, Behaviour>,
    seen: Vec<HttpRequest<Bytes>>,
}

/// The servers `a`, `b`, `c`, … of one service. All work until they are told otherwise.
#[derive(Clone, Default)]
pub struct Servers(Arc<Mutex<Book>>);

impl Servers {
    /// From here on the server behaves like this.
    pub fn set(&self, host: &str, behaviour: Behaviour) {
        self.0.lock().unwrap().behaviours.insert(host.to_owned(), behaviour);
    }

    pub fn transport(&self) -> Memory {
        let servers = self.clone();
        Memory::new(move |request: HttpRequest<Bytes>| {
            let behaviour = servers.receive(request);
            async move {
                let (status, headers): (u16, &[(&str, &str)]) = match behaviour {
                    Behaviour::Works => (200, &[]),
                    Behaviour::Takes(time) => {
                        tokio::time::sleep(time).await;
                        (200, &[])
                    }
                    Behaviour::Fails(status, headers) => (status, headers),
                    Behaviour::Refuses => return Err(Failure::Connect("refused".into())),
                    Behaviour::Hangs => pending().await,
                };
                let mut response = HttpResponse::builder().status(status);
                for (name, value) in headers {
                    response = response.header(*name, *value);
                }
                let body = if status == 200 { Bytes::from_static(OK.as_bytes()) } else { Bytes::new() };
                Ok(response.body(body).unwrap())
            }
        })
    }

    fn receive(&self, request: HttpRequest<Bytes>) -> Behaviour {
        let mut book = self.0.lock().unwrap();
        let behaviour = book.behaviours.get(request.uri().host().unwrap()).copied().unwrap_or(Behaviour::Works);
        book.seen.push(request);
        behaviour
    }

    /// A client of these hosts, such as `a,b,c`.
    pub fn client(&self, hosts: &str) -> BaseClient {
        self.client_with(hosts, |builder| builder)
    }

    pub fn client_with(&self, hosts: &str, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> BaseClient {
        let urls: Vec<String> = hosts.split(',').map(|host| format!("http://{host}")).collect();
        let builder = BaseClient::builder(SERVICE).url(&urls.join(",")).rng(Rng::seeded(7));
        change(builder).build_on(&self.transport()).unwrap()
    }

    /// What this server was sent at these paths since it was last asked.
    pub fn take(&self, host: &str, path: &str) -> Vec<HttpRequest<Bytes>> {
        let mut book = self.0.lock().unwrap();
        let wanted =
            |request: &HttpRequest<Bytes>| request.uri().host() == Some(host) && request.uri().path().starts_with(path);
        let (taken, kept) = std::mem::take(&mut book.seen).into_iter().partition(wanted);
        book.seen = kept;
        taken
    }

    /// How many calls this server was sent since it was last asked, probes not counted.
    pub fn calls(&self, host: &str) -> usize {
        let mut book = self.0.lock().unwrap();
        let call = |request: &HttpRequest<Bytes>| {
            request.uri().host() == Some(host) && !request.uri().path().starts_with("/health")
        };
        let (calls, kept): (Vec<_>, _) = std::mem::take(&mut book.seen).into_iter().partition(call);
        book.seen = kept;
        calls.len()
    }
}

pub fn instance(host: &str) -> Instance {
    format!("http://{host}").parse().unwrap()
}
