//! A server that says in headers how it was reached, and one that writes the bytes it is told to.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls::{ServerConfig, pki_types::CertificateDer};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore},
};
use tokio_rustls::TlsAcceptor;

/// Echoes. Answers to `/wait` come when [`release`](Self::release) is told.
#[derive(Clone)]
pub struct Server {
    pub address: SocketAddr,
    pub arrived: Arc<Notify>,
    pub release: Arc<Notify>,
    /// One permit for each connection that has ended.
    pub closed: Arc<Semaphore>,
    connections: Arc<AtomicUsize>,
}

/// How one connection came about.
#[derive(Clone, Default)]
struct Handshake {
    number: usize,
    sni: String,
    client: Option<CertificateDer<'static>>,
}

impl Server {
    pub async fn plain() -> Self {
        Self::start(None).await
    }

    pub async fn tls(config: Arc<ServerConfig>) -> Self {
        Self::start(Some(config.into())).await
    }

    async fn start(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            arrived: Arc::default(),
            release: Arc::default(),
            closed: Arc::new(Semaphore::new(0)),
            connections: Arc::default(),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().accept(socket, tls.clone()));
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connections that came so far, failed handshakes included.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    async fn accept(self, socket: TcpStream, tls: Option<TlsAcceptor>) {
        let number = self.connections.fetch_add(1, Ordering::SeqCst) + 1;
        let Some(tls) = tls else { return self.serve(socket, Handshake { number, ..Handshake::default() }).await };
        match tls.accept(socket).into_fallible().await {
            Ok(socket) => {
                let session = socket.get_ref().1;
                let sni = session.server_name().unwrap_or_default().to_owned();
                let client = session.peer_certificates().map(|chain| chain[0].clone().into_owned());
                self.serve(socket, Handshake { number, sni, client }).await;
            }
            // What the client has written is read, so that the alert is not lost to a reset.
            Err((_, mut socket)) => while socket.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {},
        }
    }

    async fn serve(self, socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, handshake: Handshake) {
        let service = service_fn(|request| self.clone().answer(request, handshake.clone()));
        let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
        self.closed.add_permits(1);
    }

    async fn answer(self, request: Request<Incoming>, by: Handshake) -> Result<Response<Full<Bytes>>, Infallible> {
        if request.uri().path() == "/wait" {
            self.arrived.notify_one();
            self.release.notified().await;
        }
        let host = match request.headers().get(header::HOST) {
            Some(host) => host.to_str().unwrap().to_owned(),
            None => request.uri().authority().unwrap().to_string(),
        };
        let encoding = request.headers().get(header::ACCEPT_ENCODING).cloned();
        let extra = request.uri().path().strip_prefix("/headers/").map_or(0, |number| number.parse().unwrap());
        let version = request.version();
        let length = request.into_body().collect().await.unwrap().to_bytes().len();
        let mut answer = Response::builder()
            .header("x-host", host)
            .header("x-version", format!("{version:?}"))
            .header("x-length", length)
            .header("x-sni", by.sni)
            .header("x-connection", by.number)
            .header("x-accept-encoding", encoding.unwrap_or(HeaderValue::from_static("none")));
        if let Some(client) = by.client {
            answer = answer.header("x-client", mark(&client));
        }
        for number in 0..extra {
            answer = answer.header(format!("x-extra-{number}"), "some value of a common length");
        }
        Ok(answer.body(Full::from("{}")).unwrap())
    }
}

/// A short mark of a certificate: the middle of its signature.
pub fn mark(certificate: &CertificateDer<'_>) -> String {
    let end = certificate.len() - 16;
    certificate[end - 8..end].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A server that hands each connection, its request read, to `answer`. Its URL.
pub async fn raw<F, A>(answer: F) -> String
where
    F: Fn(TcpStream) -> A + Send + 'static,
    A: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            read_head(&mut socket).await;
            tokio::spawn(answer(socket));
        }
    });
    url
}

/// Reads the head of a request without a body.
pub async fn read_head(socket: &mut TcpStream) {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        assert_ne!(socket.read_buf(&mut text).await.unwrap(), 0);
    }
}
