//! A socket that can tell a refused certificate from any other end.
//!
//! In TLS 1.3 we may write before the server has looked at our certificate, and so hear of its refusal in place of an
//! answer. As long as nothing else was heard from the server, its handshake was not over: it can have read nothing of
//! the request, since we send no early data and do not offer to authenticate later. Afterwards the same alert proves
//! nothing, as from a server that closes a connection whose certificate has expired meanwhile. In TLS 1.2 the handshake
//! is over, on both sides, before we write.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use rustls::ProtocolVersion;
use tokio::net::TcpStream;

use crate::transport::evidence;

/// One connection, up to the end of the handshake and beyond it.
#[derive(Debug)]
pub struct Socket<S> {
    stream: S,
    /// Whether something was heard from the server behind the handshake.
    heard: bool,
    /// Whether the server's handshake is known to be over.
    is_over: fn(&S) -> bool,
}

// === impl Socket ===

impl Socket<MaybeHttpsStream<TokioIo<TcpStream>>> {
    pub(super) fn new(stream: MaybeHttpsStream<TokioIo<TcpStream>>) -> Self {
        Self { stream, heard: false, is_over }
    }
}

/// A server that asks for certificates gives session tickets only to clients whose certificate it has taken.
fn is_over(stream: &MaybeHttpsStream<TokioIo<TcpStream>>) -> bool {
    let MaybeHttpsStream::Https(stream) = stream else { return true };
    let session = stream.inner().get_ref().1;
    session.protocol_version() != Some(ProtocolVersion::TLSv1_3) || session.tls13_tickets_received() > 0
}

impl<S: Connection> Connection for Socket<S> {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

impl<S: Read + Unpin> Read for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        let before = !std::mem::replace(&mut self.heard, true) && !(self.is_over)(&self.stream);
        Poll::Ready(read.map_err(|error| if before { evidence::in_handshake(error) } else { error }))
    }
}

impl<S: Write + Unpin> Write for Socket<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::future::poll_fn;

    use hyper::rt::ReadBuf;
    use rustls::AlertDescription;

    use super::*;
    use crate::contract::{certainty::Certainty, error::BoxError};

    /// Says one byte, if there is one, and then that our certificate has expired.
    struct Server(Option<u8>);

    impl Read for Server {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            mut buffer: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            let expired = rustls::Error::AlertReceived(AlertDescription::CertificateExpired);
            let Some(byte) = self.0.take() else {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, expired)));
            };
            buffer.put_slice(&[byte]);
            Poll::Ready(Ok(()))
        }
    }

    /// What the end of the connection proves.
    async fn end(server: Server, is_over: fn(&Server) -> bool) -> Certainty {
        let mut socket = Socket { stream: server, heard: false, is_over };
        loop {
            let mut bytes = [0; 8];
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = poll_fn(|context| Pin::new(&mut socket).poll_read(context, buffer.unfilled())).await;
            if let Err(error) = read {
                return evidence::before_answer(BoxError::from(error)).certainty();
            }
        }
    }

    #[tokio::test]
    async fn an_alert_about_our_certificate_proves_something_in_the_handshake_alone() {
        assert_eq!(end(Server(None), |_| false).await, Certainty::NotProcessed);
        assert_eq!(end(Server(Some(b'H')), |_| false).await, Certainty::PossiblyProcessed, "the handshake was over");
        assert_eq!(end(Server(None), |_| true).await, Certainty::PossiblyProcessed);
    }
}
