//! Which traces are recorded: decided once, where a trace begins, and heeded by everything in it.
//!
//! The decision stands in front of the layer that records, not behind it. A sampler of OpenTelemetry is asked when a span has
//! been made, attributes and all, so that a span which it turns down has cost a good part of one that is kept.

use payment_clients::{observe::propagate, seams::Rng};
use tracing::{Level, Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    layer::{Context, Filter},
    registry::LookupSpan,
};

/// Lets our own spans of recorded traces through, and what happened in them from `info` on. Those of the libraries tell
/// nothing of payments, and those of the exporter would be exported.
#[derive(Debug)]
pub(super) struct Recorded {
    permille: u64,
    rng: Rng,
}

impl Recorded {
    /// Of a thousand traces that begin here, so many.
    pub(super) fn new(permille: u16, rng: Rng) -> Self {
        Self { permille: permille.into(), rng }
    }

    fn begins(&self) -> bool {
        self.rng.bits() % 1000 < self.permille
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Filter<S> for Recorded {
    /// Nobody asks again about what is not ours.
    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_ours(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        if !is_ours(metadata) {
            return false;
        }
        let word = propagate::callers_word().filter(|_| metadata.is_span());
        word.unwrap_or_else(|| match context.current_span().id() {
            // One that was turned down here is not to be found here either.
            Some(current) => context.span(current).is_some(),
            None => metadata.is_span() && self.begins(),
        })
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    let ours = ["payment_clients", "payment_services"];
    *metadata.level() <= Level::INFO && ours.iter().any(|name| metadata.target().starts_with(name))
}
