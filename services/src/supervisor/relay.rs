//! What stands between a service and its callers, byte for byte, so that the network between them can fail: nobody can be
//! reached, everything takes longer, or what was asked is done and the answer is lost.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use payment_clients::contract::error::{Error, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// How the network is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    /// Everything passes.
    #[default]
    Fair,
    /// Nobody gets through: what is open ends, and nothing new begins.
    Cut,
    /// What is asked arrives so much later.
    Slow(Duration),
    /// What is asked arrives, and where an answer should be, the connection ends.
    Deaf,
    /// The same for requests that begin like this, and for no others.
    Robbed(&'static str),
}

impl Weather {
    /// One word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fair => "fair",
            Self::Cut => "cut",
            Self::Slow(_) => "slow",
            Self::Deaf => "deaf",
            Self::Robbed(_) => "robbed",
        }
    }
}

/// A relay that runs until it is dropped.
#[derive(Debug)]
pub struct Relay {
    weather: Arc<watch::Sender<Weather>>,
    task: JoinHandle<()>,
}

/// Bytes that are passed on at once.
const CHUNK: usize = 16 * 1024;
/// Before a port is tried again that somebody else has taken meanwhile.
const BREATH: Duration = Duration::from_millis(20);

// === impl Relay ===

impl Relay {
    /// Passes on what comes to the port `from` to the port `to`, both of this machine.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn open(from: u16, to: u16) -> Result<Self> {
        let weather = Arc::new(watch::Sender::new(Weather::Fair));
        let listener = listen(from).await.map_err(|cause| {
            Error::configuration(format!("port {from} cannot be relayed: {cause}; name other ones with --ports"))
        })?;
        let task = tokio::spawn(work(listener, [from, to], Arc::clone(&weather)));
        Ok(Self { weather, task })
    }

    /// Changes the network, also for connections that are open.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// How the network is now.
    pub fn weather(&self) -> Weather {
        *self.weather.borrow()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).await
}

/// While the network is cut, nobody even listens, so that callers know that nothing was sent.
async fn work(first: TcpListener, [from, to]: [u16; 2], weather: Arc<watch::Sender<Weather>>) {
    let mut listener = Some(first);
    let mut passages = JoinSet::new();
    let mut seen = weather.subscribe();
    loop {
        if *seen.borrow_and_update() == Weather::Cut {
            listener = None;
            passages.shutdown().await;
            if seen.wait_for(|weather| *weather != Weather::Cut).await.is_err() {
                return;
            }
        }
        let Some(open) = &listener else {
            listener = listen(from).await.ok();
            if listener.is_none() {
                sleep(BREATH).await;
            }
            continue;
        };
        tokio::select! {
            changed = seen.changed() => if changed.is_err() { return },
            Some(_) = passages.join_next() => {}
            accepted = open.accept() => if let Ok((caller, _)) = accepted {
                passages.spawn(pass(caller, to, Arc::clone(&weather)));
            },
        }
    }
}

/// One connection. However it ends, both sides see that it has.
async fn pass(caller: TcpStream, to: u16, weather: Arc<watch::Sender<Weather>>) -> io::Result<()> {
    let service = TcpStream::connect(("127.0.0.1", to)).await?;
    for socket in [&caller, &service] {
        socket.set_nodelay(true)?;
    }
    let ((asked, answers), (answered, questions)) = (caller.into_split(), service.into_split());
    let robbed = AtomicBool::new(false);
    tokio::select! {
        ended = forth(asked, questions, &weather, &robbed) => ended,
        ended = back(answered, answers, &weather, &robbed) => ended,
    }
}

async fn forth(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    weather: &watch::Sender<Weather>,
    robbed: &AtomicBool,
) -> io::Result<()> {
    let mut chunk = [0; CHUNK];
    loop {
        let read = from.read(&mut chunk).await?;
        if read == 0 {
            return Ok(());
        }
        let now = *weather.borrow();
        match now {
            Weather::Slow(by) => sleep(by).await,
            Weather::Robbed(start) if chunk[..read].starts_with(start.as_bytes()) => {
                robbed.store(true, Ordering::SeqCst);
            }
            _ => {}
        }
        to.write_all(&chunk[..read]).await?;
    }
}

async fn back(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    weather: &watch::Sender<Weather>,
    robbed: &AtomicBool,
) -> io::Result<()> {
    let mut chunk = [0; CHUNK];
    loop {
        let read = from.read(&mut chunk).await?;
        if read == 0 || *weather.borrow() == Weather::Deaf || robbed.load(Ordering::SeqCst) {
            return Ok(());
        }
        to.write_all(&chunk[..read]).await?;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::{Relay, Weather};

    /// A service that answers each byte with the next one, and a relay before it.
    async fn relayed() -> (Relay, u16) {
        let service = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = service.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = service.accept().await {
                tokio::spawn(async move {
                    while let Ok(byte) = socket.read_u8().await {
                        socket.write_u8(byte + 1).await.unwrap();
                    }
                });
            }
        });
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        (Relay::open(free, to).await.unwrap(), free)
    }

    async fn ask(port: u16, byte: u8) -> std::io::Result<u8> {
        let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
        socket.write_u8(byte).await?;
        socket.read_u8().await
    }

    #[tokio::test]
    async fn what_is_asked_arrives_and_is_answered() {
        let (_relay, port) = relayed().await;
        assert_eq!(ask(port, 1).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn nobody_gets_through_while_it_is_cut_and_everybody_after_that() {
        let (relay, port) = relayed().await;
        let mut open = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        open.write_u8(1).await.unwrap();
        assert_eq!(open.read_u8().await.unwrap(), 2);
        relay.set(Weather::Cut);
        assert!(open.read_u8().await.is_err(), "what was open has ended");
        assert!(ask(port, 1).await.is_err());
        relay.set(Weather::Fair);
        while ask(port, 1).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn an_answer_gets_lost_and_takes_the_connection_with_it() {
        let (relay, port) = relayed().await;
        relay.set(Weather::Deaf);
        assert!(ask(port, 1).await.is_err());
        relay.set(Weather::Slow(Duration::from_millis(1)));
        assert_eq!(ask(port, 1).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn answers_are_stolen_by_how_their_questions_begin() {
        let (relay, port) = relayed().await;
        relay.set(Weather::Robbed("A"));
        assert_eq!(ask(port, b'B').await.unwrap(), b'C');
        assert!(ask(port, b'A').await.is_err());
        relay.set(Weather::Fair);
        assert_eq!(ask(port, b'A').await.unwrap(), b'B');
    }
}
