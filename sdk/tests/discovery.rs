//! Where instances come from: lists, files, and the driver that trusts no source. Time is virtual throughout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    collections::VecDeque,
    fmt, fs,
    future::pending,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use payment_clients::{
    contract::error::{Error, ErrorKind, Result},
    transport::{
        discovery::{Discovery, MAX_INSTANCES, Pending, driver::follow, file::File, fixed::Fixed},
        instance::Instance,
    },
};
use proptest::prelude::{any, prop};
use tokio::time::{Instant, sleep, timeout};
use tracing::{Event, Level, Metadata, Subscriber, span};

fn instance(number: usize) -> Instance {
    format!("http://10.0.0.1:{number}").parse().unwrap()
}

fn instances(numbers: impl IntoIterator<Item = usize>) -> Vec<Instance> {
    numbers.into_iter().map(instance).collect()
}

// === lists ===

#[test]
fn a_list_is_read_from_text_in_its_order() {
    let fixed: Fixed = " http://b:2/base/ ,https://a:1".parse().unwrap();
    let bases: Vec<&str> = fixed.instances().iter().map(Instance::base).collect();
    assert_eq!(bases, ["http://b:2/base", "https://a:1"]);
}

#[test]
fn a_list_that_cannot_be_meant_is_refused_with_the_entry_and_the_rule() {
    let flood = (1..=MAX_INSTANCES + 1).map(|port| format!("http://a:{port}")).collect::<Vec<_>>().join(",");
    for (text, part) in [
        ("", "entry 1 of the list of instances: the URL of a service must be an absolute URL"),
        ("http://a:1,", "entry 2 of the list of instances: the URL of a service must be an absolute URL"),
        ("http://a:1, ftp://b:2", "entry 2 of the list of instances: the URL of a service must begin with http://"),
        ("http://a:1, http://a:1/", "the list of instances names http://a:1 twice; name each instance once"),
        (flood.as_str(), "the list of instances is longer than 1000; name a load balancer instead"),
    ] {
        let error = text.parse::<Fixed>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.message().starts_with(part), "{error}");
    }
    assert!(Fixed::new([]).unwrap_err().message().contains("is empty; name at least one URL"));
}

#[test]
fn one_name_at_two_addresses_is_two_instances() {
    let at = |address: &str| instance(1).at(address.parse().unwrap());
    assert_eq!(Fixed::new([at("10.0.0.1:1"), at("10.0.0.2:1")]).unwrap().instances().len(), 2);
    assert!(Fixed::new([at("10.0.0.1:1"), at("10.0.0.1:1")]).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_list_never_asks_to_be_read_again() {
    let fixed = Fixed::new([instance(1)]).unwrap();
    assert!(timeout(Duration::from_secs(1_000_000), fixed.changed()).await.is_err());
    assert_eq!(fixed.resolve().await.unwrap(), [instance(1)]);
}

// === files ===

fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(&beside, path).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_file_is_read_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders");
    fs::write(&path, "# orders\r\n\n http://10.0.0.1:2 # the second\nhttp://10.0.0.1:1").unwrap();
    assert_eq!(File::new(&path).resolve().await.unwrap(), instances([1, 2]));
}

#[tokio::test(start_paused = true)]
async fn a_broken_file_is_refused_with_file_line_and_rule() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders");
    let missing = File::new(&path).resolve().await.unwrap_err();
    assert!(missing.message().contains("orders: cannot be read: "), "{missing}");
    let flood = "#".repeat(MAX_INSTANCES * 256 + 1);
    for (bytes, part) in [
        (&b""[..], "orders: names no instance; write one URL per line"),
        (b"# http://a:1\n\n", "orders: names no instance; write one URL per line"),
        (b"http://a:1\n\nhttp://a:2?x=1\n", "orders: line 3: the URL of a service must not hold a query"),
        (b"http://a:1\n#\nhttp://a:1/\n", "orders: line 3 repeats line 1; name each instance once"),
        (b"\xff\xfe", "orders: is no UTF-8 text; write one URL per line"),
        (flood.as_bytes(), "orders: is larger than 256000 bytes; it must hold one URL per line"),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = File::new(&path).resolve().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.message().contains(part), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_replaced_file_is_seen_even_if_its_time_and_length_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders");
    replace(&path, "http://10.0.0.1:1");
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    let file = File::new(&path);
    file.resolve().await.unwrap();

    assert!(timeout(Duration::from_secs(60), file.changed()).await.is_err(), "nothing has changed");
    replace(&path, "http://10.0.0.1:2");
    fs::File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
    timeout(Duration::from_secs(3), file.changed()).await.unwrap();
    assert_eq!(file.resolve().await.unwrap(), instances([2]));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_still_being_written_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders");
    fs::write(&path, "http://10.0.0.1:1\n").unwrap();
    let file = Arc::new(File::new(&path));
    file.resolve().await.unwrap();
    let changed = tokio::spawn({
        let file = Arc::clone(&file);
        async move { file.changed().await }
    });
    // Between any two looks, a second apart, the file grows.
    for lines in 1..=10 {
        let text: String = (1..=lines).map(|port| format!("http://10.0.0.1:{port}0\n")).collect();
        fs::write(&path, text).unwrap();
        sleep(Duration::from_millis(700)).await;
        assert!(!changed.is_finished(), "taken after {lines} lines of 10");
    }
    changed.await.unwrap();
    assert_eq!(file.resolve().await.unwrap().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_breaks_keeps_the_last_good_set_until_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders");
    replace(&path, "http://10.0.0.1:1");
    let applied = Applied::default();
    let driver = tokio::spawn(follow(Arc::new(File::new(&path)), applied.sink()));

    sleep(Duration::from_secs(5)).await;
    replace(&path, "10.0.0.1:2");
    sleep(Duration::from_secs(60)).await;
    assert_eq!(applied.sets(), [instances([1])]);

    replace(&path, "http://10.0.0.1:2");
    sleep(Duration::from_secs(31)).await;
    assert_eq!(applied.sets(), [instances([1]), instances([2])]);
    driver.abort();
}

// === the driver ===

/// What was applied.
#[derive(Clone, Default)]
struct Applied(Arc<Mutex<Vec<Vec<Instance>>>>);

impl Applied {
    fn sink(&self) -> impl FnMut(Result<Vec<Instance>>) + Send + 'static {
        let applied = Arc::clone(&self.0);
        move |found| applied.lock().unwrap().extend(found)
    }

    fn sets(&self) -> Vec<Vec<Instance>> {
        self.0.lock().unwrap().clone()
    }
}

/// What a source answers to one question.
type Step = fn() -> Result<Vec<Instance>>;

/// A source that follows a script, repeats its last step, always has news, and notes when it was asked.
struct Source {
    steps: Mutex<VecDeque<Step>>,
    asked: Mutex<Vec<Duration>>,
    since: Instant,
}

impl Source {
    fn new<const N: usize>(steps: [Step; N]) -> Arc<Self> {
        Arc::new(Self { steps: Mutex::new(steps.into()), asked: Mutex::default(), since: Instant::now() })
    }

    /// What is applied, and when this was asked, in so much time.
    async fn followed_for(self: Arc<Self>, time: Duration) -> (Vec<Vec<Instance>>, Vec<Duration>) {
        let applied = Applied::default();
        let source: Arc<dyn Discovery> = self.clone();
        timeout(time, follow(source, applied.sink())).await.unwrap_err();
        let asked = self.asked.lock().unwrap().clone();
        (applied.sets(), asked)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

impl Discovery for Source {
    fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>> {
        self.asked.lock().unwrap().push(self.since.elapsed());
        let mut steps = self.steps.lock().unwrap();
        let step = if steps.len() > 1 { steps.pop_front().unwrap() } else { steps[0] };
        Box::pin(async move { step() })
    }

    fn changed(&self) -> Pending<'_, ()> {
        Box::pin(async {})
    }
}

fn down() -> Result<Vec<Instance>> {
    Err(Error::configuration("the registry is down"))
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn the_same_set_in_another_order_is_no_change() {
    let source = Source::new([
        || Ok(instances([1, 2, 3])),
        || Ok(instances([3, 1, 2])),
        || Ok(instances([2, 2, 3, 1])),
        || Ok(instances([2, 3])),
    ]);
    let (applied, _) = source.followed_for(MINUTE).await;
    assert_eq!(applied, [instances([1, 2, 3]), instances([2, 3])]);
}

#[tokio::test(start_paused = true)]
async fn errors_empty_sets_and_floods_keep_the_last_good_set() {
    let source = Source::new([
        || Ok(instances([1, 2])),
        down,
        || Ok(Vec::new()),
        || Ok(instances(1..=MAX_INSTANCES + 1)),
        || Ok(instances([1, 2])),
        || Ok(instances(1..=MAX_INSTANCES)),
    ]);
    let (applied, _) = source.followed_for(Duration::from_secs(8)).await;
    let sizes: Vec<usize> = applied.iter().map(Vec::len).collect();
    assert_eq!(sizes, [2, MAX_INSTANCES]);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_always_has_news_is_asked_ten_times_a_second_at_most() {
    let (applied, asked) = Source::new([|| Ok(instances([1]))]).followed_for(MINUTE).await;
    assert_eq!(applied.len(), 1);
    assert!((590..=601).contains(&asked.len()), "asked {} times in a minute", asked.len());
}

#[tokio::test(start_paused = true)]
async fn a_failing_source_is_asked_after_1_2_4_8_16_30_and_30_seconds_whatever_it_says() {
    let (applied, asked) = Source::new([down]).followed_for(Duration::from_secs(95)).await;
    let asked: Vec<u64> = asked.iter().map(Duration::as_secs).collect();
    assert_eq!(asked, [0, 1, 3, 7, 15, 31, 61, 91]);
    assert!(applied.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_the_backoff() {
    let source = Source::new([down, down, down, || Ok(instances([1])), down, || Ok(instances([2]))]);
    let (applied, asked) = source.followed_for(Duration::from_secs(10)).await;
    assert_eq!(applied, [instances([1]), instances([2])]);
    let asked: Vec<u128> = asked.iter().take(6).map(Duration::as_millis).collect();
    let expected = [0, 1_000, 3_000, 7_000, 7_100, 8_100];
    assert!(asked.iter().zip(expected).all(|(asked, at)| asked.abs_diff(at) < 10), "{asked:?}");
}

/// A source that answers once and then hangs for as long as it is asked to.
#[derive(Debug, Default)]
struct Hanging(AtomicUsize);

impl Discovery for Hanging {
    fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>> {
        Box::pin(async {
            match self.0.fetch_add(1, Ordering::Relaxed) {
                1 => pending().await,
                time => Ok(instances([time])),
            }
        })
    }

    fn changed(&self) -> Pending<'_, ()> {
        Box::pin(async {})
    }
}

#[tokio::test(start_paused = true)]
async fn one_answer_that_never_comes_does_not_end_discovery() {
    let applied = Applied::default();
    timeout(MINUTE / 2 + Duration::from_secs(2), follow(Arc::new(Hanging::default()), applied.sink()))
        .await
        .unwrap_err();
    assert_eq!(applied.sets()[..2], [instances([0]), instances([2])]);
}

#[tokio::test(start_paused = true)]
async fn a_flapping_source_costs_ten_sets_a_second_and_each_is_whole() {
    /// A source that answers with one or the other set, turn by turn.
    #[derive(Debug, Default)]
    struct Flapping(AtomicUsize);

    impl Discovery for Flapping {
        fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>> {
            let first = self.0.fetch_add(1, Ordering::Relaxed) % 2 * 10;
            Box::pin(async move { Ok(instances([first + 1, first + 2])) })
        }

        fn changed(&self) -> Pending<'_, ()> {
            Box::pin(async {})
        }
    }

    let applied = Applied::default();
    timeout(MINUTE, follow(Arc::new(Flapping::default()), applied.sink())).await.unwrap_err();
    let sets = applied.sets();
    assert!(sets.len() <= 601, "{} sets in a minute", sets.len());
    for (turn, set) in sets.iter().enumerate() {
        let first = turn % 2 * 10;
        assert_eq!(*set, instances([first + 1, first + 2]));
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_failure_is_logged_once_until_it_ends_or_is_another() {
    let warnings = Warnings::default();
    let guard = tracing::subscriber::set_default(warnings.clone());
    let other = || Err(Error::configuration("the registry is gone"));
    let steps = [down, down, down, other, other, down, || Ok(instances([1])), down];
    Source::new(steps).followed_for(10 * MINUTE).await;
    drop(guard);
    assert_eq!(warnings.0.load(Ordering::Relaxed), 4);
}

/// Counts the warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_list_panic_or_repeat_a_password(text in "[a-z:/@.,# 0-9]{0,40}", password in "[a-z]{12}") {
        let listed = format!("{text},http://user:{password}@host").parse::<Fixed>();
        assert!(!listed.unwrap_err().to_string().contains(&password));
    }

    #[test]
    fn a_list_of_any_ports_is_read_back_whole(ports in prop::collection::btree_set(any::<u16>(), 1..50)) {
        let text = ports.iter().map(|port| format!("http://h:{port}")).collect::<Vec<_>>().join(" , ");
        let fixed: Fixed = text.parse().unwrap();
        let read: Vec<&str> = fixed.instances().iter().map(Instance::base).collect();
        proptest::prop_assert_eq!(read.join(" , "), text);
    }
}
