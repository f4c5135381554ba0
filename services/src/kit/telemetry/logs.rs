//! How log lines are written: text for people, or one JSON object a line for machines. They go to stderr.

use std::io::{self, IsTerminal};

use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry::LookupSpan};

use crate::kit::settings::LogFormat;

/// A layer that writes lines from this level on; `RUST_LOG` decides otherwise.
pub fn lines<S>(format: LogFormat, level: &str) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let layer = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let layer: Box<dyn Layer<S> + Send + Sync> = match format {
        LogFormat::Text => Box::new(layer),
        LogFormat::Json => Box::new(layer.json().flatten_event(true)),
    };
    layer.with_filter(filter)
}
