//! A console over a platform of its own, and a browser that is written by hand.

use std::{ops::Deref, time::Duration};

use payment_services::{
    collector::Traces,
    console::{Console, Mode, Scene},
    kit::clock::Clock,
    platform::{Bound, Ports, Running, Setup},
    registry::Name,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::{Mutex, MutexGuard},
    time::timeout,
};

use crate::support::Place;

/// Longest time until something comes that must come.
pub const PATIENCE: Duration = Duration::from_secs(60);

static ALONE: Mutex<()> = Mutex::const_new(());

/// Waits until nobody else has a platform.
pub async fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().await
}

pub struct Stage {
    /// A platform is many services: one at a time, so that none waits for the others.
    _alone: MutexGuard<'static, ()>,
    console: Console,
    page: Page,
    running: Running,
    place: Place,
}

/// The page that a console has given somebody.
pub struct Page {
    pub port: u16,
    pub token: String,
}

/// An answer to a request.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Stage {
    pub async fn open(mode: Mode) -> Self {
        let _alone = alone().await;
        let place = Place::new();
        let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
        let urls = bound.urls().unwrap();
        let clock = Clock::system();
        let running = bound.start(&Setup::new(place.path(), place.stores().clone(), clock.clone())).await.unwrap();
        let scene = Scene {
            mode,
            urls,
            stores: place.stores().clone(),
            dir: place.path().to_owned(),
            planted: None,
            clock,
            plant: None,
            traces: Some(Traces::default()),
        };
        let console = Console::open(Ports::Auto, scene).await.unwrap();
        let page = Page::open(console.url()).await;
        Self { _alone, console, page, running, place }
    }

    pub async fn close(self) {
        drop(self.console);
        self.running.stop().await.unwrap();
        drop(self.place);
    }
}

impl Deref for Stage {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Page {
    /// What a browser is given at this address.
    pub async fn open(url: &str) -> Self {
        let mut page = Self { port: url.rsplit(':').next().unwrap().parse().unwrap(), token: String::new() };
        page.token = page.setting().await["token"].as_str().unwrap().to_owned();
        page
    }

    /// Sends a request with these lines in its head.
    pub async fn send(&self, method: &str, path: &str, lines: &[(&str, &str)], body: &str) -> Answer {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let lines: String = lines.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{lines}connection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        timeout(PATIENCE, socket.read_to_string(&mut text)).await.unwrap().unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[("host", &self.host())], "").await
    }

    /// What the page does when a button is pressed.
    pub async fn press(&self, path: &str, body: &Value) -> Answer {
        let (host, origin) = (self.host(), format!("http://{}", self.host()));
        let lines = [("host", &*host), ("origin", &origin), ("x-console-token", &self.token)];
        self.send("POST", path, &lines, &body.to_string()).await
    }

    pub async fn setting(&self) -> Value {
        serde_json::from_str(&self.get("/api/setting").await.body).unwrap()
    }

    pub async fn watch(&self) -> Browser {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let host = self.host();
        socket.write_all(format!("GET /events HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).await.unwrap();
        Browser(BufReader::new(socket))
    }
}

/// One that listens to frames, as fast as it is asked to.
pub struct Browser(BufReader<TcpStream>);

impl Browser {
    /// The next frame.
    pub async fn frame(&mut self) -> Value {
        let line = async {
            loop {
                let mut line = String::new();
                assert!(self.0.read_line(&mut line).await.unwrap() > 0, "the stream has ended");
                if let Some(data) = line.strip_prefix("data: ") {
                    return serde_json::from_str(data.trim_end()).unwrap();
                }
            }
        };
        timeout(PATIENCE, line).await.unwrap()
    }

    /// Waits until the console has ended the stream.
    pub async fn ended(&mut self) {
        let mut rest = Vec::new();
        timeout(PATIENCE, self.0.read_to_end(&mut rest)).await.unwrap().unwrap();
    }

    /// The first frame from now on of which this is true.
    pub async fn until(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                let frame = self.frame().await;
                if is_so(&frame) {
                    return frame;
                }
            }
        };
        timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what} has not come"))
    }
}

/// Whether a line of the log says this.
pub fn says(frame: &Value, text: &str) -> bool {
    let lines = frame["journal"].as_array().unwrap();
    lines.iter().any(|line| line["text"].as_str().unwrap().contains(text))
}

/// What a press without a body sends.
pub fn nothing() -> Value {
    json!({})
}
