//! The collector of this process, and traces as tests ask for them.

use std::{future::Future, time::Duration};

use payment_services::{
    collector::{Collector, SpanView, Traces},
    kit::{
        settings::LogFormat,
        telemetry::{Show, Telemetry},
    },
};
use tokio::{sync::OnceCell, time::sleep};

/// Longest time until what ended has arrived.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

static TRACES: OnceCell<Traces> = OnceCell::const_new();

/// What the collector has, which all spans of this process are sent to from the first call on.
pub async fn traces() -> &'static Traces {
    let begin = || async {
        // They live as long as the process, and so does the runtime that carries them.
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let collector = Collector::listen(0).await.unwrap();
                let show = Show {
                    service: "payments",
                    log: LogFormat::Text,
                    level: "off",
                    otlp: Some(collector.url()),
                    trace_permille: 1000,
                };
                let _telemetry = Telemetry::start(&show).unwrap();
                sender.send(collector.traces().clone()).unwrap();
                std::future::pending::<()>().await;
            });
        });
        receiver.recv().unwrap()
    };
    TRACES.get_or_init(begin).await
}

/// Asks until there is what is looked for.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> F) -> T {
    let wait = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what} has not come"))
}

/// A trace and how its spans hang together.
pub struct Trace(pub Vec<SpanView>);

impl Trace {
    pub fn span(&self, service: &str, name: &str) -> &SpanView {
        let found = self.0.iter().find(|span| span.service == service && span.name == name);
        found.unwrap_or_else(|| panic!("no `{name}` of {service} in {}", self.told()))
    }

    /// How many calls this service has served.
    pub fn served(&self, service: &str) -> usize {
        self.0.iter().filter(|span| span.kind == "server" && span.service == service).count()
    }

    /// The first call that this service has served.
    pub fn first(&self, service: &str) -> &SpanView {
        let found = self.0.iter().find(|span| span.kind == "server" && span.service == service);
        found.unwrap_or_else(|| panic!("{service} has served nothing in {}", self.told()))
    }

    pub fn parent(&self, span: &SpanView) -> &SpanView {
        let parent = span.parent_id.as_ref().unwrap_or_else(|| panic!("{} has no parent", span.name));
        let found = self.0.iter().find(|other| other.span_id == *parent);
        found.unwrap_or_else(|| panic!("the parent of {} is not in {}", span.name, self.told()))
    }

    /// Names from a span up to the first of the trace.
    pub fn line(&self, span: &SpanView) -> Vec<String> {
        let mut names = vec![span.name.clone()];
        let mut at = span;
        while at.parent_id.is_some() {
            at = self.parent(at);
            names.push(at.name.clone());
        }
        names
    }

    pub fn told(&self) -> String {
        let line = |span: &SpanView| {
            format!("{} {} {} < {:?} {:?}\n", span.service, span.name, span.span_id, span.parent_id, span.attributes)
        };
        self.0.iter().map(line).collect()
    }
}
