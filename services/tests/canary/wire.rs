//! What passes between the test and the services, byte by byte.

use std::sync::{Arc, Mutex};

use payment_services::platform::Urls;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
};

/// Everything that has passed, both ways.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Vec<u8>>>);

impl Wire {
    /// A wire before each of these services; whoever calls the addresses that are returned is heard.
    pub async fn around(urls: &Urls) -> (Self, Urls) {
        let (wire, mut before) = (Self::default(), Urls::new());
        for (name, url) in urls {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            before.insert(*name, format!("http://{}", listener.local_addr().unwrap()));
            let (wire, target) = (wire.clone(), url.strip_prefix("http://").unwrap().to_owned());
            tokio::spawn(async move {
                while let Ok((caller, _)) = listener.accept().await {
                    let service = TcpStream::connect(&target).await.unwrap();
                    let ((from, to), (back, forth)) = (caller.into_split(), service.into_split());
                    tokio::spawn(wire.clone().pass(from, forth));
                    tokio::spawn(wire.clone().pass(back, to));
                }
            });
        }
        (wire, before)
    }

    async fn pass(self, mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            self.0.lock().unwrap().extend_from_slice(&buffer[..count]);
            if to.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
    }

    /// Whether this has passed.
    pub fn carried(&self, text: &str) -> bool {
        self.0.lock().unwrap().windows(text.len()).any(|part| part == text.as_bytes())
    }
}
