//! The latest traces, within bounds: the oldest trace goes when there are too many, and a trace that is too long is cut.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;

/// Traces that are kept.
const TRACES: usize = 4096;
/// Spans of one trace that are kept.
const SPANS: usize = 512;

/// Traces in memory. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Traces(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    traces: HashMap<String, Vec<SpanView>>,
    /// Their ids in the order in which they began to arrive.
    order: VecDeque<String>,
    spans: u64,
    cut: u64,
}

/// A span as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpanView {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// The span that it is below; none for the first of a trace.
    pub parent_id: Option<String>,
    /// What was done.
    pub name: String,
    /// Who did it, by its name on the network.
    pub service: String,
    /// Whether the span itself says who; else it is its process, which may hold many services.
    #[serde(skip)]
    pub(super) is_named: bool,
    /// `internal`, `client`, `server`, `producer` or `consumer`.
    pub kind: &'static str,
    /// Microseconds since 1970.
    pub start_us: u64,
    /// Microseconds.
    pub duration_us: u64,
    /// `unset`, `ok` or `error`.
    pub status: &'static str,
    /// Everything else that is known of it, as texts.
    pub attributes: Vec<(String, String)>,
    /// What happened in it.
    pub events: Vec<SpanEvent>,
}

/// Something that happened in a span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpanEvent {
    /// Microseconds since 1970.
    pub at_us: u64,
    /// What.
    pub name: String,
    /// Everything else that is known of it, as texts.
    pub attributes: Vec<(String, String)>,
}

// === impl Traces ===

impl Traces {
    /// Keeps a span.
    pub fn keep(&self, span: SpanView) {
        let mut kept = self.kept();
        kept.spans += 1;
        if !kept.traces.contains_key(&span.trace_id) {
            if kept.order.len() >= TRACES
                && let Some(oldest) = kept.order.pop_front()
            {
                kept.traces.remove(&oldest);
            }
            kept.order.push_back(span.trace_id.clone());
        }
        let spans = kept.traces.entry(span.trace_id.clone()).or_default();
        if spans.len() < SPANS {
            spans.push(span);
        } else {
            kept.cut += 1;
        }
    }

    /// The spans of a trace, by their beginning; none of a trace that is not known, or not any more.
    pub fn trace(&self, trace_id: &str) -> Vec<SpanView> {
        let mut spans = self.kept().traces.get(trace_id).cloned().unwrap_or_default();
        spans.sort_by(|one, other| (one.start_us, &one.span_id).cmp(&(other.start_us, &other.span_id)));
        let whose: Vec<_> = spans.iter().map(|span| whose(span, &spans)).collect();
        for (span, service) in spans.iter_mut().zip(whose) {
            span.service = service;
        }
        spans
    }

    /// The latest traces, the newest first: their ids.
    pub fn latest(&self, most: usize) -> Vec<String> {
        self.kept().order.iter().rev().take(most).cloned().collect()
    }

    /// Spans that have arrived, and those of them that their trace had no room for.
    pub fn counts(&self) -> (u64, u64) {
        let kept = self.kept();
        (kept.spans, kept.cut)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who did what a span tells of: the service that it was done in, where several are in one process.
fn whose(span: &SpanView, spans: &[SpanView]) -> String {
    let above = |span: &SpanView| {
        let parent = span.parent_id.as_ref()?;
        spans.iter().find(|other| other.span_id == *parent)
    };
    let line = std::iter::successors(Some(span), |span| above(span)).take(SPANS);
    let of_process = line.take_while(|other| other.is_named || other.service == span.service);
    let named = of_process.into_iter().find(|other| other.is_named);
    named.map_or_else(|| span.service.clone(), |named| named.service.clone())
}

impl SpanView {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn span(trace: usize, span: usize) -> SpanView {
        SpanView {
            trace_id: format!("{trace:032x}"),
            span_id: format!("{span:016x}"),
            parent_id: None,
            name: "call".into(),
            service: "order-service".into(),
            is_named: true,
            kind: "internal",
            start_us: u64::try_from(span).unwrap(),
            duration_us: 1,
            status: "unset",
            attributes: Vec::new(),
            events: Vec::new(),
        }
    }

    #[test]
    fn the_oldest_trace_goes_and_the_newest_stays() {
        let traces = Traces::default();
        (0..=TRACES).for_each(|number| traces.keep(span(number, 1)));
        assert!(traces.trace(&format!("{:032x}", 0)).is_empty());
        assert_eq!(traces.trace(&format!("{TRACES:032x}")).len(), 1);
        assert_eq!(traces.latest(1), [format!("{TRACES:032x}")]);
    }

    #[test]
    fn a_trace_without_end_is_cut_and_counted() {
        let traces = Traces::default();
        (0..SPANS + 3).rev().for_each(|number| traces.keep(span(7, number)));
        assert_eq!(traces.trace(&format!("{:032x}", 7)).len(), SPANS);
        assert_eq!(traces.counts(), (u64::try_from(SPANS + 3).unwrap(), 3));
    }

    #[test]
    fn spans_come_in_the_order_in_which_they_began() {
        let traces = Traces::default();
        [3, 1, 2].into_iter().for_each(|number| traces.keep(span(7, number)));
        let begun: Vec<_> = traces.trace(&format!("{:032x}", 7)).iter().map(|span| span.start_us).collect();
        assert_eq!(begun, [1, 2, 3]);
    }
}
