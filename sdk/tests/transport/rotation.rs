//! Client certificates change while calls run.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use payment_clients::transport::{
    Transport,
    http::{Http, Pool},
    instance::Instance,
    tls::{Authorities, Identity, Tls, TlsConfig},
};
use tokio::sync::Notify;

use crate::{
    authority::{Authority, Issued},
    config, get, header,
    server::{Server, mark},
};

const URL: &str = "https://pay.example.test";

fn open(server: &Server, tls: &Tls) -> Pool {
    let instance = URL.parse::<Instance>().unwrap().at(server.address);
    Http::with_tls(tls.clone()).open(&instance, &config()).unwrap()
}

async fn shown(pool: &Pool) -> String {
    header(&get(pool, URL).await.unwrap(), "x-client").to_owned()
}

/// A folder with a client's files, as a secret store lays them out.
struct Files {
    folder: tempfile::TempDir,
    authority: Authority,
}

impl Files {
    fn new(authority: Authority, first: &Issued) -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap(), authority };
        files.write(first);
        files
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, issued: &Issued) {
        fs::write(self.path().join("chain.pem"), &issued.chain).unwrap();
        fs::write(self.path().join("key.pem"), &issued.key).unwrap();
    }

    fn config(&self) -> TlsConfig {
        let identity = Identity::Files { chain: self.path().join("chain.pem"), key: self.path().join("key.pem") };
        TlsConfig { authorities: Authorities::Pem(self.authority.pem()), identity: Some(identity) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_rotations_under_load_fail_no_call() {
    const ROTATIONS: usize = 1000;
    let authority = Authority::new();
    let server = Server::tls(authority.server(true)).await;
    let identities = [authority.issue(), authority.issue()];
    let tls = Tls::new(authority.client(Some(&identities[0]))).unwrap();
    let pool = Arc::new(open(&server, &tls));
    let (calls, answered, over) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()), Arc::<AtomicBool>::default());

    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (pool, calls, answered, over) =
                (Arc::clone(&pool), Arc::clone(&calls), Arc::clone(&answered), Arc::clone(&over));
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    get(&*pool, URL).await.unwrap();
                    calls.fetch_add(1, Ordering::Relaxed);
                    answered.notify_one();
                }
            })
        })
        .collect();
    for rotation in 1..=ROTATIONS {
        let identity = &identities[rotation % 2];
        tls.install(authority.client(Some(identity))).unwrap();
        answered.notified().await;
    }
    over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.expect("no call fails");
    }
    assert!(calls.load(Ordering::Relaxed) >= ROTATIONS);
    assert!(server.connections() > ROTATIONS / 2, "certificates were really shown: {}", server.connections());
    assert_eq!(shown(&pool).await, mark(&identities[ROTATIONS % 2].der()));
}

#[tokio::test]
async fn a_reload_takes_effect_with_the_next_call() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(true)).await;
    let (first, second) = (authority.issue(), authority.issue());
    let files = Files::new(authority, &first);
    let tls = Tls::new(files.config()).unwrap();
    let pool = open(&server, &tls);
    assert_eq!(shown(&pool).await, mark(&first.der()));
    files.write(&second);
    assert_eq!(shown(&pool).await, mark(&first.der()), "not before it is read");
    tls.reload().unwrap();
    assert_eq!(shown(&pool).await, mark(&second.der()));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_broken_reload_keeps_the_last_good_certificate_and_its_sockets() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(true)).await;
    let (first, second) = (authority.issue(), authority.issue());
    let files = Files::new(authority, &first);
    let tls = Tls::new(files.config()).unwrap();
    let pool = open(&server, &tls);
    assert_eq!(shown(&pool).await, mark(&first.der()));

    // Half written: the new certificate beside the old key.
    fs::write(files.path().join("chain.pem"), &second.chain).unwrap();
    assert!(tls.reload().unwrap_err().to_string().contains("are no pair"));
    fs::remove_file(files.path().join("key.pem")).unwrap();
    assert!(tls.reload().unwrap_err().to_string().contains("key.pem` cannot be read"));
    let without = TlsConfig { identity: None, ..files.config() };
    assert!(tls.install(without).unwrap_err().to_string().contains("no identity"));

    assert_eq!(shown(&pool).await, mark(&first.der()));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn watched_files_are_reloaded_when_they_change_and_only_then() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(true)).await;
    let (first, second) = (authority.issue(), authority.issue());
    let files = Files::new(authority, &first);
    let tls = Tls::new(files.config()).unwrap();
    let pool = open(&server, &tls);
    let watch = tokio::spawn({
        let tls = tls.clone();
        async move { tls.watch(Duration::from_millis(1)).await }
    });
    for _ in 0..20 {
        assert_eq!(shown(&pool).await, mark(&first.der()));
    }
    assert_eq!(server.connections(), 1, "unchanged files open no new socket");
    files.write(&second);
    let changed = async { while shown(&pool).await != mark(&second.der()) {} };
    tokio::time::timeout(Duration::from_secs(10), changed).await.expect("the change is seen");
    watch.abort();
}
