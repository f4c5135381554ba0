//! A process that pays is killed between sending and hearing the outcome; the next one recovers every payment, and the
//! server's own book shows each of them once.
//!
//! The payer is this executable again, running [`payer`] alone. Whoever holds it up at the point under test tells the
//! parent so, and the parent kills it then; nothing here waits for time to pass.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    collections::BTreeMap,
    env,
    future::pending,
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    extract::State as Shared,
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response as Answer},
    routing::{get, post},
};
use futures_util::future::join_all;
use payment_clients::{
    client::{
        BaseClient, FileJournal, KeyJournal,
        journal::{Entry, State},
    },
    contract::{
        call::Call,
        error::Result,
        indeterminate::{EntryId, Resolution},
        operation::{Class, Operation, Service, Tier},
        options::{CallOptions, Scoped},
        request::Request,
        status::StatusQuery,
    },
};
use serde_json::json;
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::{Notify, mpsc},
};

const BANK: Service = Service { name: "bank", port: None, tier: Tier::Critical };
static ASK: Operation = Operation::new(BANK, "get_transfer", Method::GET, "/transfers/{number}");
static PAY: Operation = Operation::new(BANK, "pay", Method::POST, "/transfers")
    .class(Class::Keyed)
    .money()
    .status(StatusQuery::new(&ASK, &[]));

/// Payments that one process makes at once.
const PAYMENTS: usize = 8;

/// Where the payer is held up, and killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    /// Written down, and not a byte sent.
    Written,
    /// The server has the request, and begins only when it is repeated.
    Received,
    /// The server has done it, and not answered.
    Committed,
    /// The payer has the answer, and has not written it down.
    Answered,
    /// The successor has asked, and has not heard.
    Asked,
    /// The successor has repeated a payment that never arrived; it is done, and not answered.
    Repeated,
}

impl Point {
    const ALL: [Self; 6] =
        [Self::Written, Self::Received, Self::Committed, Self::Answered, Self::Asked, Self::Repeated];

    fn of(text: &str) -> Self {
        Self::ALL.into_iter().find(|point| format!("{point:?}") == text).unwrap()
    }

    /// Where the first payer is killed; the last two points are of its successor.
    fn first(self) -> Self {
        match self {
            Self::Asked => Self::Committed,
            Self::Repeated => Self::Received,
            first => first,
        }
    }
}

// === the payer ===

/// Holds its caller up at the point, after telling the parent.
#[derive(Debug)]
struct Held {
    journal: FileJournal,
    point: Option<Point>,
    parent: String,
}

impl Held {
    async fn hold(&self, here: Point) {
        if self.point == Some(here) {
            let _told = TcpStream::connect(&self.parent).await.unwrap();
            pending::<()>().await;
        }
    }
}

#[async_trait]
impl KeyJournal for Held {
    async fn begin(&self, entry: Entry) -> Result<()> {
        self.journal.begin(entry).await?;
        self.hold(Point::Written).await;
        Ok(())
    }

    async fn mark(&self, id: EntryId, state: State) -> Result<()> {
        self.hold(Point::Answered).await;
        self.journal.mark(id, state).await
    }

    async fn open(&self) -> Result<Vec<Entry>> {
        self.journal.open().await
    }
}

async fn pay(client: &BaseClient, number: usize) {
    let options = CallOptions::new().intent(format!("order-{number}/transfer"));
    let scoped = Scoped::new(client.clone(), options);
    let paid = scoped.scope(async {
        let mut request = Request::new(&PAY);
        request.json(&json!({ "number": format!("T{number}"), "amount": 5 }))?;
        scoped.inner().call(request).await
    });
    paid.await.unwrap();
}

/// The process that is killed, or its successor. In the parent's own run of all tests it has nothing to do.
#[tokio::test]
async fn payer() {
    let Ok(role) = env::var("PAYER_ROLE") else { return };
    let var = |name: &str| env::var(name).unwrap();
    let journal = FileJournal::open(var("PAYER_JOURNAL")).await.unwrap();
    let point = env::var("PAYER_POINT").ok().map(|point| Point::of(&point));
    let held = Arc::new(Held { journal, point, parent: var("PAYER_PARENT") });
    let client = BaseClient::builder(BANK)
        .url(&var("PAYER_BANK"))
        .key_secret(&[7; 32].into())
        .journal(held.clone())
        // A payer that is held up is killed and does not give up.
        .configure(|config| {
            config.all_tiers(|tier| {
                (tier.total, tier.attempt_timeout) = (HOUR, HOUR);
            });
        })
        .build()
        .unwrap();
    if role == "pay" {
        join_all((0..PAYMENTS).map(|number| pay(&client, number))).await;
    } else {
        let report = client.recover(&[&PAY]).await.unwrap();
        assert_eq!(report.len(), PAYMENTS);
        for recovered in report {
            let outcome = recovered.outcome.unwrap();
            assert!(matches!(outcome, Resolution::Found(_) | Resolution::Answered(_)), "{outcome:?}");
        }
    }
    held.journal.close().await;
}

const HOUR: std::time::Duration = std::time::Duration::from_secs(3600);

// === the bank ===

/// The bank's own book, and where it holds its callers up.
#[derive(Clone)]
struct Bank {
    /// How often each payment was made, by key.
    book: Arc<Mutex<BTreeMap<String, (String, u32)>>>,
    point: Arc<Mutex<Option<Point>>>,
    reached: mpsc::Sender<()>,
    /// Lets the requests go on that were held up before they began.
    late: Arc<Notify>,
}

impl Bank {
    async fn serve(reached: mpsc::Sender<()>) -> (Self, String) {
        let bank = Self { book: Arc::default(), point: Arc::default(), reached, late: Arc::default() };
        let routes = Router::new()
            .route("/transfers", post(Self::transfer))
            .route("/transfers/{number}", get(Self::query))
            .with_state(bank.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, routes).into_future());
        (bank, url)
    }

    async fn hold(&self, here: Point) {
        if *self.point.lock().unwrap() == Some(here) {
            self.reached.send(()).await.unwrap();
            self.late.notified().await;
        }
    }

    /// The work goes on when the caller is gone.
    async fn transfer(Shared(bank): Shared<Self>, headers: HeaderMap, body: String) -> Answer {
        let key = headers["idempotency-key"].to_str().unwrap().to_owned();
        let number = serde_json::from_str::<serde_json::Value>(&body).unwrap()["number"].as_str().unwrap().to_owned();
        tokio::spawn(async move { bank.work(key, number).await }).await.unwrap()
    }

    async fn work(&self, key: String, number: String) -> Answer {
        self.hold(Point::Received).await;
        if self.point.lock().unwrap().is_none() {
            self.late.notify_waiters();
        }
        self.book.lock().unwrap().entry(key).or_insert((number, 1));
        self.hold(Point::Committed).await;
        self.hold(Point::Repeated).await;
        success()
    }

    async fn query(Shared(bank): Shared<Self>, path: axum::extract::Path<String>) -> Answer {
        bank.hold(Point::Asked).await;
        let known = bank.book.lock().unwrap().values().any(|(number, _)| *number == *path);
        if known { success() } else { StatusCode::NOT_FOUND.into_response() }
    }

    /// Effects by payment.
    fn effects(&self) -> BTreeMap<String, u32> {
        let mut effects = BTreeMap::new();
        for (number, count) in self.book.lock().unwrap().values() {
            *effects.entry(number.clone()).or_default() += count;
        }
        effects
    }
}

fn success() -> Answer {
    r#"{"code":"SUCCESS","message":"ok","data":{}}"#.into_response()
}

// === the parent ===

struct Stage {
    bank: Bank,
    url: String,
    parent: String,
    reached: mpsc::Receiver<()>,
}

impl Stage {
    async fn new() -> Self {
        let (sender, reached) = mpsc::channel(PAYMENTS);
        let (bank, url) = Bank::serve(sender.clone()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let parent = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                sender.send(()).await.unwrap();
                // Kept open until the payer is gone.
                tokio::spawn(async move { socket.read_u8().await.ok() });
            }
        });
        Self { bank, url, parent, reached }
    }

    fn start(&self, role: &str, journal: &Path, point: Option<Point>) -> Child {
        *self.bank.point.lock().unwrap() = point;
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "payer", "--nocapture"]).stdout(Stdio::null()).kill_on_drop(true);
        command.env("PAYER_ROLE", role).env("PAYER_BANK", &self.url).env("PAYER_PARENT", &self.parent);
        command.env("PAYER_JOURNAL", journal);
        if let Some(point) = point {
            command.env("PAYER_POINT", format!("{point:?}"));
        }
        command.spawn().unwrap()
    }

    /// Runs a payer until all its payments have reached the point, and kills it there.
    async fn kill_at(&mut self, role: &str, journal: &Path, point: Point) {
        let mut payer = self.start(role, journal, Some(point));
        for _ in 0..PAYMENTS {
            self.reached.recv().await.unwrap();
        }
        payer.kill().await.unwrap();
    }
}

async fn recovers_from(point: Point) {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("keys.journal");
    let mut stage = Stage::new().await;
    stage.kill_at("pay", &journal, point.first()).await;
    if point != point.first() {
        stage.kill_at("recover", &journal, point).await;
    }
    let done = stage.start("recover", &journal, None).wait().await.unwrap();
    assert!(done.success(), "{point:?}: the successor recovers everything");

    let once: BTreeMap<String, u32> = (0..PAYMENTS).map(|number| (format!("T{number}"), 1)).collect();
    assert_eq!(stage.bank.effects(), once, "{point:?}: each payment was made once");
    let open = FileJournal::open(&journal).await.unwrap().open().await.unwrap();
    assert_eq!(open, [], "{point:?}: nothing is left in doubt");
}

#[tokio::test]
async fn a_killed_process_is_recovered_by_its_successor_wherever_it_was_killed() {
    for point in Point::ALL {
        recovers_from(point).await;
    }
}
