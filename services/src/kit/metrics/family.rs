//! Families with bounded label sets, and the maps by which what was seen before is found without a lock.

use std::{
    borrow::{Borrow, Cow},
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use payment_clients::contract::trace::TraceContext;
use prometheus_client::{
    encoding::{EncodeLabelSet, LabelSetEncoder},
    metrics::{counter::Counter, exemplar::HistogramWithExemplars, family::Family, histogram::Histogram},
    registry::{Metric, Registry},
};

/// Most label sets of one family of one service. A service has about a hundred operations, each with few outcomes.
pub const MOST: usize = 2000;
/// What stands in every label of the set that all further ones are counted in.
pub const OTHER: &str = "other";

/// Seconds: OpenTelemetry's bounds for HTTP, and below them finer ones, since services meet in one process or one room.
const SECONDS: [f64; 16] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0];
/// Bytes: powers of four, up to twice the largest body that a server takes.
const BYTES: [f64; 8] = [64.0, 256.0, 1024.0, 4096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0];

/// The value of a label.
pub type Text = Cow<'static, str>;
/// Durations whose buckets each remember a trace.
pub type Traced = HistogramWithExemplars<TraceId>;
type Labels<const N: usize> = [(&'static str, Text); N];

/// The trace of an exemplar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

/// A family with `N` labels and at most so many sets of them. What would be one more is counted in the set whose every
/// label is [`OTHER`], so that no explosion of values grows the memory, and none is lost.
#[derive(Clone)]
pub struct Bounded<const N: usize, M> {
    names: [&'static str; N],
    family: Family<Labels<N>, M, fn() -> M>,
    /// How many sets there are; held while there is to be one more.
    kept: Arc<Mutex<usize>>,
    most: usize,
}

/// A map that everybody reads and that seldom grows: who looks takes no lock. What is bounded by the program is kept whole;
/// of anything else the first so many.
pub struct Seen<K, V> {
    known: ArcSwap<HashMap<K, V>>,
    growing: Mutex<()>,
    most: usize,
}

/// A histogram of durations.
pub fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

/// A histogram of durations whose buckets each remember a trace.
pub fn traced() -> Traced {
    HistogramWithExemplars::new(SECONDS.into_iter())
}

/// A histogram of sizes.
pub fn bytes() -> Histogram {
    Histogram::new(BYTES)
}

/// A size as a histogram takes it: exact below 2^53, which none comes near.
pub fn size(bytes: usize) -> f64 {
    bytes as f64
}

// === impl TraceId ===

impl TraceId {
    /// The trace that somebody can look up: of one that is not recorded there is none.
    pub fn sampled(trace: Option<TraceContext>) -> Option<Self> {
        trace.filter(|trace| trace.sampled).map(|trace| Self(trace.trace_id))
    }
}

impl EncodeLabelSet for TraceId {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        [("trace_id", format!("{:032x}", self.0))].encode(encoder)
    }
}

// === impl Bounded ===

impl<const N: usize, M: Clone + fmt::Debug + Metric> Bounded<N, M> {
    /// Registers a family whose labels have these names. The name of a counter stands without `_total`.
    pub fn register(
        registry: &mut Registry,
        name: &'static str,
        help: &'static str,
        names: [&'static str; N],
        make: fn() -> M,
    ) -> Self
    where
        Family<Labels<N>, M, fn() -> M>: Metric,
    {
        let family = Family::new_with_constructor(make);
        registry.register(name, help, family.clone());
        Self { names, family, kept: Arc::default(), most: MOST }
    }

    /// Keeps fewer sets.
    #[must_use]
    pub fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// The metric of these values, in the order of the names; to be kept where it is asked for often.
    pub fn of(&self, values: [Text; N]) -> M {
        let mut values = values.into_iter();
        let labels = self.names.map(|name| (name, values.next().unwrap_or_default()));
        if let Some(metric) = self.known(&labels) {
            return metric;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(metric) = self.known(&labels) {
            return metric;
        }
        if *kept < self.most {
            *kept += 1;
            return self.family.get_or_create_owned(&labels);
        }
        self.family.get_or_create_owned(&self.names.map(|name| (name, OTHER.into())))
    }

    fn known(&self, labels: &Labels<N>) -> Option<M> {
        self.family.get(labels).map(|metric| M::clone(&metric))
    }
}

impl<const N: usize, M> fmt::Debug for Bounded<N, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bounded").field("names", &self.names).field("most", &self.most).finish_non_exhaustive()
    }
}

/// A counter; written out, since `Counter` has parameters that a function pointer cannot infer.
pub fn counter() -> Counter {
    Counter::default()
}

// === impl Seen ===

impl<K: Clone + Eq + Hash, V: Clone> Seen<K, V> {
    /// Nothing was seen, and at most so many will be kept.
    pub fn at_most(most: usize) -> Self {
        Self { known: ArcSwap::default(), growing: Mutex::default(), most }
    }

    /// What is kept for a key. When there is nothing yet it is made; where nothing more may be kept, it is made each time.
    pub fn of<Q: Eq + Hash + ?Sized, R>(
        &self,
        key: &Q,
        own: impl FnOnce(&Q) -> K,
        make: impl FnOnce() -> V,
        use_it: impl FnOnce(&V) -> R,
    ) -> R
    where
        K: Borrow<Q>,
    {
        let known = self.known.load();
        match known.get(key) {
            Some(value) => use_it(value),
            None if known.len() >= self.most => use_it(&make()),
            None => {
                drop(known);
                use_it(&self.grow(own(key), make))
            }
        }
    }

    /// True when nothing more will be kept.
    pub fn is_full(&self) -> bool {
        self.known.load().len() >= self.most
    }

    fn grow(&self, key: K, make: impl FnOnce() -> V) -> V {
        let _growing = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.known.load_full();
        if let Some(value) = known.get(&key) {
            return value.clone();
        }
        let value = make();
        if known.len() < self.most {
            let mut more = HashMap::clone(&known);
            more.insert(key, value.clone());
            self.known.store(more.into());
        }
        value
    }
}

impl<K, V> fmt::Debug for Seen<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").field("known", &self.known.load().len()).finish_non_exhaustive()
    }
}
