//! How a service and a platform stop.

use std::sync::Arc;

use axum::{Router, routing::get};
use payment_services::{
    kit::{app, clock::Clock, identity::directory::Directory, store::Stores, tasks::shutdown},
    platform::{Bound, Ports, Running, Setup},
    registry::Name,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// Asks on a connection of its own, and reads until the service closes it.
async fn ask(address: &str, path: &str) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn what_is_in_flight_when_a_service_stops_is_answered_and_nothing_is_taken_later() {
    const CALLS: usize = 20;
    let (arrived, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let slow = {
        let (arrived, go) = (Arc::clone(&arrived), Arc::clone(&go));
        async move || {
            arrived.add_permits(1);
            let _permit = go.acquire().await.unwrap();
            "done"
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, mut stopped) = shutdown();
    let router = Router::new().route("/slow", get(slow));
    let served = tokio::spawn(app::serve(listener, router, async move { stopped.begun().await }));

    let calls: Vec<_> = (0..CALLS)
        .map(|_| {
            let address = address.clone();
            tokio::spawn(async move { ask(&address, "/slow").await.unwrap() })
        })
        .collect();
    arrived.acquire_many(u32::try_from(CALLS).unwrap()).await.unwrap().forget();
    stop.begin();
    // The listener goes first, so it is gone once a connection is refused.
    while TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!served.is_finished(), "it waits for what is in flight");
    go.add_permits(CALLS);
    for call in calls {
        let answer = call.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    }
    served.await.unwrap().unwrap();
    assert_eq!(arrived.available_permits(), 0, "nothing was taken later");
}

async fn platform(dir: &std::path::Path) -> (Running, Vec<String>) {
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let urls = bound.urls().unwrap().into_values().map(|url| url.replace("http://", "")).collect();
    let setup =
        Setup { directory: Some(Directory::fixed([])), ..Setup::new(dir, Stores::folder(dir), Clock::system()) };
    (bound.start(&setup).await.unwrap(), urls)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_service_of_a_platform_becomes_ready_and_none_is_once_it_drains_though_all_still_answer() {
    let dir = tempfile::tempdir().unwrap();
    let (running, addresses) = platform(dir.path()).await;
    for address in &addresses {
        let answer = ask(address, "/health/ready").await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    running.drain();
    for address in &addresses {
        let answer = ask(address, "/health/ready").await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("draining"), "{answer}");
        assert!(ask(address, "/health/live").await.unwrap().starts_with("HTTP/1.1 200"));
    }
    running.stop().await.unwrap();
    for address in &addresses {
        assert!(TcpStream::connect(address).await.is_err(), "{address} still listens");
    }
}
