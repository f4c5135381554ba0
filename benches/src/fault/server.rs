//! The host on real sockets.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::server::TlsStream;

use super::{
    fate::{End, Fate},
    h1, h2,
    host::Host,
    tls::Identity,
};

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1 over TCP.
    Plain,
    /// HTTP/2 over TCP, known beforehand.
    PlainHttp2,
    /// HTTP/1.1 over TLS.
    Tls,
    /// HTTP/2 over TLS, chosen by ALPN.
    TlsHttp2,
}

/// A listening host; ends with all its connections when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    protocol: Protocol,
    accepting: JoinHandle<()>,
    stop: Option<oneshot::Sender<()>>,
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When the machine has no port left.
    pub async fn start(host: Arc<Host>, protocol: Protocol, identity: &Identity) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let accepting = tokio::spawn(accept(listener, host, protocol, identity.clone(), stopped));
        Ok(Self { address, protocol, accepting, stop: Some(stop) })
    }

    /// The URL for clients.
    pub fn url(&self) -> String {
        let scheme = if matches!(self.protocol, Protocol::Plain | Protocol::PlainHttp2) { "http" } else { "https" };
        format!("{scheme}://{}", self.address)
    }

    /// Accepts no more, and waits until all clients have gone and nothing is under way: what callers stopped waiting
    /// for may still have its effect.
    ///
    /// # Errors
    /// When the server panicked.
    pub async fn drained(&mut self) -> io::Result<()> {
        // Dropping the sender is the message.
        self.stop = None;
        Ok((&mut self.accepting).await?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    host: Arc<Host>,
    protocol: Protocol,
    identity: Identity,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! { biased;
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                // A client that hangs up before it is accepted is no reason to stop.
                if let Ok((socket, _)) = accepted {
                    connections.spawn(connection(socket, Arc::clone(&host), protocol, identity.clone()));
                }
            }
        }
    }
    while connections.join_next().await.is_some() {}
}

/// Serves one connection. Its errors are clients that went away, which is what faults make them do.
async fn connection(socket: TcpStream, host: Arc<Host>, protocol: Protocol, identity: Identity) -> io::Result<()> {
    socket.set_nodelay(true)?;
    if host.early_if(|fate| fate == Fate::Refused).is_some() {
        return Ok(());
    }
    match protocol {
        Protocol::Plain => h1::serve(socket, &host).await,
        Protocol::PlainHttp2 => h2::serve(socket, host).await,
        Protocol::Tls => h1::serve(identity.http1.accept(socket).await?, &host).await,
        Protocol::TlsHttp2 => h2::serve(identity.http2.accept(socket).await?, host).await,
    }
}

/// A stream of bytes with a TCP socket below.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {
    /// The socket below.
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Ends a connection.
pub async fn end(mut socket: impl Socket, how: End) -> io::Result<()> {
    match how {
        End::Close => socket.shutdown().await,
        End::Reset => socket.tcp().set_zero_linger(),
    }
}
