//! Everything that our crates log, at every level, in both formats, with the fields of every span.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    fmt::{self, MakeWriter, format::FmtSpan},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// What was written.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

/// Both formats.
pub struct Heard {
    text: Sink,
    json: Sink,
}

impl Heard {
    /// Listens from now on, to everything of this process.
    pub fn listen() -> Self {
        let (text, json) = (Sink::default(), Sink::default());
        let ours = || {
            Targets::new()
                .with_target("payment_clients", LevelFilter::TRACE)
                .with_target("payment_services", LevelFilter::TRACE)
        };
        let spans = FmtSpan::NEW | FmtSpan::CLOSE;
        let as_text = fmt::layer().with_ansi(false).with_span_events(spans.clone()).with_writer(text.clone());
        let as_json = fmt::layer().json().flatten_event(true).with_span_events(spans).with_writer(json.clone());
        Registry::default().with(as_text.with_filter(ours())).with(as_json.with_filter(ours())).init();
        Self { text, json }
    }

    pub fn text(&self) -> String {
        self.text.read()
    }

    pub fn json(&self) -> String {
        self.json.read()
    }

    /// Both formats have such lines or spans.
    #[track_caller]
    pub fn told_of(&self, words: &[&str]) {
        for word in words {
            assert!(self.text().contains(word), "no line with `{word}`");
            let name = word.trim_end_matches('{');
            assert!(self.json().contains(&format!("\"{name}")), "no JSON line with `{name}`");
        }
        assert!(self.json().lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    }
}

impl Sink {
    fn read(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
