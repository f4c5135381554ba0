//! The host over HTTP/1.1, byte by byte: no server library would stop where we want it to.

use std::{fmt::Write, io};

use bytes::{Buf, Bytes, BytesMut};
use http::{Request, Response, header};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::sleep_until,
};

use super::{
    book::Arrival,
    fate::{End, Fate, Loss},
    host::{Delivery, Host},
    server::{Socket, end},
};

/// Serves requests on one connection until a fate or the client ends it.
///
/// # Errors
/// When the client goes away, or sends what is no request.
pub async fn serve(mut socket: impl Socket, host: &Host) -> io::Result<()> {
    if let Some(Fate::Unread { end: how, .. }) = host.early_if(|fate| matches!(fate, Fate::Unread { bytes: 0, .. })) {
        return end(socket, how).await;
    }
    loop {
        let mut read = BytesMut::zeroed(1);
        if socket.read(&mut read).await? == 0 {
            return Ok(());
        }
        let early = host.early();
        if let Some(Fate::Unread { bytes, end: how }) = early {
            let mut rest = vec![0; bytes.saturating_sub(1)];
            socket.read_exact(&mut rest).await?;
            return end(socket, how).await;
        }
        let request = read_request(&mut socket, read).await?;
        let arrival = Arrival::of(&request).ok_or(io::ErrorKind::InvalidData)?;
        let fate = early.unwrap_or_else(|| host.fate_of(&arrival));
        let Some(delivery) = host.act(&arrival, fate) else { return end(socket, End::Reset).await };
        if let Some(how) = deliver(&mut socket, delivery).await? {
            return end(socket, how).await;
        }
    }
}

/// Reads the rest of a request, whose first bytes are `read`.
async fn read_request(socket: &mut impl Socket, mut read: BytesMut) -> io::Result<Request<Bytes>> {
    let (mut request, length) = loop {
        if let Some((request, head)) = parse_head(&read)? {
            read.advance(head);
            let length = request.headers().get(header::CONTENT_LENGTH).and_then(|text| text.to_str().ok());
            let length = length.and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
            break (request, length);
        }
        more(socket, &mut read).await?;
    };
    while read.len() < length {
        more(socket, &mut read).await?;
    }
    *request.body_mut() = read.freeze();
    Ok(request)
}

async fn more(socket: &mut impl Socket, read: &mut BytesMut) -> io::Result<()> {
    if socket.read_buf(read).await? == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// The head of a request and its length, once it is there.
fn parse_head(read: &[u8]) -> io::Result<Option<(Request<Bytes>, usize)>> {
    let mut fields = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Request::new(&mut fields);
    let httparse::Status::Complete(length) = head.parse(read).map_err(io::Error::other)? else { return Ok(None) };
    let mut request = Request::builder().method(head.method.unwrap_or_default()).uri(head.path.unwrap_or_default());
    for field in head.headers.iter() {
        request = request.header(field.name, field.value);
    }
    Ok(Some((request.body(Bytes::new()).map_err(io::Error::other)?, length)))
}

/// Writes what the fate lets through; how the connection ends, if it does.
async fn deliver(socket: &mut impl Socket, delivery: Delivery) -> io::Result<Option<End>> {
    sleep_until(delivery.at.into()).await;
    match delivery.loss {
        None => {
            socket.write_all(&text(&delivery.page)).await?;
            socket.flush().await?;
            Ok(None)
        }
        Some(Loss::Stall) => {
            // Until the client gives up.
            while socket.read(&mut [0; 64]).await? > 0 {}
            Ok(Some(End::Close))
        }
        Some(Loss::Cut { bytes, end }) => {
            let text = text(&delivery.page);
            socket.write_all(&text[..bytes.min(text.len())]).await?;
            socket.flush().await?;
            Ok(Some(end))
        }
        Some(Loss::ShortChunks) => {
            let chunk = delivery.page.body();
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            socket.write_all(format!("{head}{:x}\r\n", chunk.len()).as_bytes()).await?;
            socket.write_all(chunk).await?;
            socket.write_all(b"\r\n").await?;
            Ok(Some(End::Close))
        }
        Some(Loss::GivenUp(_)) => Ok(Some(End::Close)),
    }
}

/// An answer as it stands on the wire.
pub fn text(page: &Response<Bytes>) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {}\r\ncontent-length: {}\r\n", page.status(), page.body().len());
    for (name, value) in page.headers() {
        // Our own headers are ASCII, and writing to a String cannot fail.
        let _ = write!(head, "{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    head.push_str("\r\n");
    [head.as_bytes(), page.body()].concat()
}
