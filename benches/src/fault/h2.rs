//! The host over HTTP/2.

use std::{future::poll_fn, io, sync::Arc};

use bytes::{Bytes, BytesMut};
use h2::{
    Reason, RecvStream,
    server::{Connection, SendResponse},
};
use http::{Request, Response};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinSet,
    time::sleep_until,
};

use super::{
    book::Arrival,
    fate::{Answer, End, Fate, GivenUp, Loss},
    host::Host,
    server::{Socket, end},
};

/// How one stream takes the whole connection down.
enum Downfall {
    Drop,
    GoAway,
}

/// Serves streams on one connection until a fate or the client ends it.
///
/// # Errors
/// When the client goes away.
pub async fn serve(socket: impl Socket + 'static, host: Arc<Host>) -> io::Result<()> {
    if let Some(Fate::Unread { end: how, .. }) = host.early_if(|fate| matches!(fate, Fate::Unread { bytes: 0, .. })) {
        return end(socket, how).await;
    }
    if host.early_if(|fate| fate == Fate::Ignored(Answer::given_up(GivenUp::GoAwayBefore))).is_some() {
        return go_away_before(socket).await;
    }
    let mut connection = h2::server::handshake(socket).await.map_err(io::Error::other)?;
    let mut streams = JoinSet::new();
    loop {
        // Accepting comes first, since it also flushes what the streams have sent.
        tokio::select! { biased;
            next = connection.accept() => {
                let Some(next) = next else { return Ok(()) };
                let (request, respond) = next.map_err(io::Error::other)?;
                streams.spawn(stream(request, respond, Arc::clone(&host)));
            }
            Some(done) = streams.join_next() => match done {
                Ok(Ok(None)) => {}
                Ok(Ok(Some(Downfall::GoAway))) => return go_away_after(&mut connection).await,
                Ok(Ok(Some(Downfall::Drop)) | Err(_)) | Err(_) => return Ok(()),
            }
        }
    }
}

/// Serves one stream; whether it takes the connection down.
async fn stream(
    request: Request<RecvStream>,
    respond: SendResponse<Bytes>,
    host: Arc<Host>,
) -> Result<Option<Downfall>, h2::Error> {
    let early = host.early();
    if matches!(early, Some(Fate::Unread { .. })) {
        return Ok(Some(Downfall::Drop));
    }
    let (parts, mut stream) = request.into_parts();
    let mut body = BytesMut::new();
    while let Some(chunk) = stream.data().await {
        body.extend_from_slice(&chunk?);
    }
    let Some(arrival) = Arrival::of(&Request::from_parts(parts, body.freeze())) else {
        return Ok(Some(Downfall::Drop));
    };
    let fate = early.unwrap_or_else(|| host.fate_of(&arrival));
    let Some(delivery) = host.act(&arrival, fate) else { return Ok(Some(Downfall::Drop)) };
    sleep_until(delivery.at.into()).await;
    deliver(respond, delivery.page, delivery.loss).await
}

async fn deliver(
    mut respond: SendResponse<Bytes>,
    page: Response<Bytes>,
    loss: Option<Loss>,
) -> Result<Option<Downfall>, h2::Error> {
    let (parts, body) = page.into_parts();
    let head = Response::from_parts(parts, ());
    let reset = match loss {
        None => {
            respond.send_response(head, false)?.send_data(body, true)?;
            return Ok(None);
        }
        Some(Loss::Stall) => {
            // Until the client gives up.
            poll_fn(|context| respond.poll_reset(context)).await?;
            return Ok(None);
        }
        Some(Loss::Cut { bytes: 0, .. } | Loss::GivenUp(GivenUp::GoAwayBefore)) => return Ok(Some(Downfall::Drop)),
        Some(loss @ (Loss::Cut { .. } | Loss::ShortChunks)) => {
            let most = if let Loss::Cut { bytes, .. } = loss { bytes } else { body.len() };
            respond.send_response(head, false)?.send_data(body.slice(..most.min(body.len())), false)?;
            return Ok(Some(Downfall::Drop));
        }
        Some(Loss::GivenUp(GivenUp::GoAwayAfter)) => return Ok(Some(Downfall::GoAway)),
        Some(Loss::GivenUp(GivenUp::RefusedStream)) => Reason::REFUSED_STREAM,
        Some(Loss::GivenUp(GivenUp::Cancel)) => Reason::CANCEL,
        Some(Loss::GivenUp(GivenUp::InternalError)) => Reason::INTERNAL_ERROR,
    };
    respond.send_reset(reset);
    Ok(None)
}

async fn go_away_after<S: Socket>(connection: &mut Connection<S, Bytes>) -> io::Result<()> {
    connection.abrupt_shutdown(Reason::NO_ERROR);
    poll_fn(|context| connection.poll_closed(context)).await.map_err(io::Error::other)
}

/// Reads up to the first HEADERS frame and says that no stream was or will be processed. The h2 crate counts every
/// stream that it has read as processed, so these few frames are written by hand (RFC 9113 §4.1, §6.8).
async fn go_away_before(mut socket: impl Socket) -> io::Result<()> {
    const PREFACE: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();
    const HEADERS: u8 = 1;
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    // Length 8, type 7, stream 0; last stream 0, NO_ERROR.
    const GOAWAY: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    socket.write_all(&SETTINGS).await?;
    socket.flush().await?;
    socket.read_exact(&mut [0; PREFACE]).await?;
    let mut frame = [0; 9];
    while frame[3] != HEADERS {
        socket.read_exact(&mut frame).await?;
        let length = u32::from_be_bytes([0, frame[0], frame[1], frame[2]]);
        let mut payload = (&mut socket).take(length.into());
        tokio::io::copy(&mut payload, &mut tokio::io::sink()).await?;
    }
    socket.write_all(&GOAWAY).await?;
    end(socket, End::Close).await
}
