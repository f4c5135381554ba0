//! What is written down before money moves, and what becomes of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use http::Method;
use payment_clients::{
    client::{
        BaseClient, ClientConfig, FileJournal, KeyJournal, MemoryJournal, Recovered,
        journal::{Entry, State},
    },
    contract::{
        call::Call,
        certainty::Certainty,
        error::{Error, Result},
        indeterminate::{EntryId, Resolution},
        operation::{Class, Operation},
        partner::Profile,
        request::Request,
        status::StatusQuery,
    },
    seams::Rng,
};
use serde_json::json;
use support::{DONE, READ, SERVICE, Script, Step, broken, call, refused};
use tempfile::TempDir;

static ASK: Operation = Operation::new(SERVICE, "get_transfer", Method::GET, "/transfers/{number}");
static PAY: Operation = Operation::new(SERVICE, "pay", Method::POST, "/transfers")
    .class(Class::Keyed)
    .money()
    .status(StatusQuery::new(&ASK, &[]));
static NOTIFY: Operation = Operation::new(SERVICE, "notify", Method::POST, "/notices").class(Class::Keyed);

const LOST: Step = Step::Fail(broken);
const ABSENT: Step = Step::Answer(404, &[], r#"{"code":"RESOURCE_NOT_FOUND","message":"no such transfer"}"#);
const DECLINED: Step = Step::Answer(422, &[], r#"{"code":"NO_FUNDS","message":"too little money"}"#);

fn transfer() -> Request {
    let mut request = Request::new(&PAY);
    request.json(&json!({ "number": "T1", "amount": 5 })).unwrap();
    request
}

fn client(script: &Script, journal: &Arc<impl KeyJournal>) -> BaseClient {
    client_of(script, journal, Rng::seeded(7))
}

fn client_of(script: &Script, journal: &Arc<impl KeyJournal>, rng: Rng) -> BaseClient {
    let journal: Arc<dyn KeyJournal> = journal.clone();
    let once = |config: &mut ClientConfig| config.all_tiers(|tier| tier.max_attempts = 1);
    script.client_with(|builder| builder.journal(journal).configure(once).rng(rng))
}

async fn states(journal: &impl KeyJournal) -> Vec<State> {
    journal.open().await.unwrap().iter().map(|entry| entry.state).collect()
}

// === a call's entry ===

#[tokio::test(start_paused = true)]
async fn a_call_is_written_down_before_it_is_sent_and_closed_when_its_outcome_is_known() {
    let journal = Arc::new(MemoryJournal::new());
    let script = Script::new([Step::Slow(Duration::from_millis(100)), DECLINED]);
    let client = client(&script, &journal);
    let paying = client.call(transfer());
    let looking = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let entry = journal.open().await.unwrap().remove(0);
        assert_eq!((entry.state, &*entry.operation), (State::Sent, "pay"));
        assert_eq!(entry.key, script.header("idempotency-key").remove(0));
        assert_eq!(entry.body, r#"{"number":"T1","amount":5}"#);
    };
    tokio::join!(paying, looking).0.unwrap();
    assert_eq!(states(&*journal).await, []);
    client.call(transfer()).await.unwrap_err();
    assert_eq!(states(&*journal).await, [], "a refusal is an outcome");
}

#[tokio::test(start_paused = true)]
async fn only_calls_that_move_money_are_written_down() {
    let journal = Arc::new(MemoryJournal::new());
    let script = Script::new([LOST, LOST]);
    let client = client(&script, &journal);
    call(&client, &READ).await.unwrap_err();
    call(&client, &NOTIFY).await.unwrap_err();
    assert_eq!(states(&*journal).await, []);
}

#[tokio::test(start_paused = true)]
async fn what_is_lost_or_dropped_stays_open_and_what_was_never_sent_does_not() {
    let journal = Arc::new(MemoryJournal::new());
    let script = Script::new([LOST, Step::Fail(refused), Step::Hang]);
    let client = client(&script, &journal);
    let lost = client.call(transfer()).await.unwrap_err();
    assert_eq!(states(&*journal).await, [State::Unknown]);
    assert_eq!(client.call(transfer()).await.unwrap_err().certainty(), Certainty::NotSent);
    assert_eq!(states(&*journal).await, [State::Unknown], "it was not sent, and its caller knows");

    tokio::time::sleep(Duration::from_millis(1)).await;
    let dropped = tokio::time::timeout(Duration::from_millis(10), client.call(transfer())).await;
    assert!(dropped.is_err());
    let id = lost.into_indeterminate().unwrap().park().await.unwrap();
    let entries = journal.open().await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.state).collect::<Vec<_>>(), [State::Parked, State::Sent]);
    assert_eq!(entries[0].id, id);
}

#[tokio::test(start_paused = true)]
async fn a_case_that_is_reconciled_is_closed_and_its_repeat_is_no_case_of_its_own() {
    let journal = Arc::new(MemoryJournal::new());
    let script = Script::new([LOST, ABSENT, Step::Slow(Duration::from_millis(100))]);
    let unknown = client(&script, &journal).call(transfer()).await.unwrap_err().into_indeterminate().unwrap();
    let looking = async {
        tokio::time::sleep(Duration::from_millis(1150)).await;
        assert_eq!(states(&*journal).await, [State::Unknown]);
    };
    let (resolution, ()) = tokio::join!(unknown.reconcile(), looking);
    assert!(matches!(resolution.unwrap(), Resolution::Answered(_)));
    assert_eq!(states(&*journal).await, []);
}

#[tokio::test(start_paused = true)]
async fn any_call_in_doubt_can_be_parked() {
    let journal = Arc::new(MemoryJournal::new());
    let script = Script::new([LOST]);
    let error = call(&client(&script, &journal), &NOTIFY).await.unwrap_err();
    let id = error.into_indeterminate().unwrap().park().await.unwrap();
    let entry = journal.open().await.unwrap().remove(0);
    assert_eq!((entry.id, entry.state, &*entry.operation), (id, State::Parked, "notify"));
}

/// A journal whose disk is full, and may keep what it said it could not.
#[derive(Debug)]
struct Full {
    keeps: bool,
}

#[async_trait]
impl KeyJournal for Full {
    async fn begin(&self, _: Entry) -> Result<()> {
        Err(Error::rejected("the disk is full"))
    }

    async fn mark(&self, _: EntryId, _: State) -> Result<()> {
        if self.keeps { Err(Error::rejected("the disk is full")) } else { Ok(()) }
    }

    async fn open(&self) -> Result<Vec<Entry>> {
        Ok(Vec::new())
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_that_could_not_be_written_down() {
    let script = Script::default();
    let error = client(&script, &Arc::new(Full { keeps: false })).call(transfer()).await.unwrap_err();
    assert_eq!(error.certainty(), Certainty::NotSent);
    assert!(error.message().contains("the disk is full; nothing was sent"), "{error}");
    assert!(script.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_a_recovery_may_still_make_is_in_doubt() {
    let script = Script::default();
    let error = client(&script, &Arc::new(Full { keeps: true })).call(transfer()).await.unwrap_err();
    assert!(error.message().contains("a recovery may still make this call"), "{error}");
    assert!(script.seen().is_empty());
    assert_eq!(error.into_indeterminate().unwrap().attempts(), 0);
}

// === recovery ===

/// A journal with one lost transfer in it, of a process that has ended.
async fn left_open(change: impl FnOnce(&mut Request)) -> (Arc<MemoryJournal>, Script) {
    let journal = Arc::new(MemoryJournal::new());
    let script = Script::new([LOST]);
    let mut request = transfer();
    change(&mut request);
    client(&script, &journal).call(request).await.unwrap_err();
    (journal, script)
}

async fn recover(journal: &Arc<MemoryJournal>, steps: impl IntoIterator<Item = Step>) -> (Script, Recovered) {
    let after = Script::new(steps);
    let mut report = client(&after, journal).recover(&[&ASK, &PAY]).await.unwrap();
    assert_eq!(report.len(), 1);
    (after, report.remove(0))
}

#[tokio::test(start_paused = true)]
async fn a_restarted_process_repeats_what_the_server_does_not_know_byte_by_byte() {
    let (journal, before) = left_open(|_| {}).await;
    let (after, recovered) = recover(&journal, [ABSENT, DONE]).await;
    assert!(matches!(recovered.outcome.unwrap(), Resolution::Answered(_)));
    let (sent, repeated) = (&before.seen()[0], &after.seen()[1]);
    assert_eq!((sent.method(), sent.uri(), sent.body()), (repeated.method(), repeated.uri(), repeated.body()));
    for name in ["idempotency-key", "content-type"] {
        assert_eq!(sent.headers().get(name), repeated.headers().get(name));
    }
    assert_eq!(states(&*journal).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_restarted_process_asks_at_once_and_takes_the_answer() {
    let (journal, _) = left_open(|_| {}).await;
    let started = tokio::time::Instant::now();
    let (after, recovered) = recover(&journal, [DONE]).await;
    assert!(matches!(recovered.outcome.unwrap(), Resolution::Found(_)));
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(after.seen()[0].uri().path(), "/transfers/T1");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_promised_to_recognise_is_asked_for_and_not_repeated_whatever_is_promised_since() {
    let journal = Arc::new(MemoryJournal::new());
    let (script, kept) = (Script::new([LOST]), journal.clone());
    let before = script.client_with(|builder| builder.journal(kept).partner(Profile::EARLIER_PLATFORM));
    before.call(transfer()).await.unwrap_err();
    let (after, recovered) = recover(&journal, (0..30).map(|_| ABSENT)).await;
    assert!(matches!(recovered.outcome.unwrap(), Resolution::NotFound(_)));
    assert!(after.seen().iter().all(|request| request.method() == Method::GET), "asked, and never repeated");
}

#[tokio::test(start_paused = true)]
async fn a_call_with_headers_of_its_own_is_asked_for_and_not_repeated() {
    let signed = |request: &mut Request| request.header_arg("x-signature", Some("secret")).unwrap();
    let (journal, _) = left_open(signed).await;
    let entry = journal.open().await.unwrap().remove(0);
    assert!(!serde_json::to_string(&entry).unwrap().contains("secret"));
    let (after, recovered) = recover(&journal, (0..30).map(|_| ABSENT)).await;
    assert!(matches!(recovered.outcome.unwrap(), Resolution::NotFound(_)));
    assert!(after.seen().iter().all(|request| request.method() == Method::GET));
    assert_eq!(states(&*journal).await, [State::Unknown], "it stays open");
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_nobody_names_is_reported_and_stays_open() {
    let (journal, _) = left_open(|_| {}).await;
    let recovered = client(&Script::default(), &journal).recover(&[&ASK]).await.unwrap().remove(0);
    let error = recovered.outcome.unwrap_err();
    assert!(error.message().contains("`pay` of test-service"), "{error}");
    assert_eq!(error.certainty(), Certainty::PossiblyProcessed);
    assert_eq!(states(&*journal).await, [State::Unknown]);
}

#[tokio::test]
async fn there_is_nothing_to_recover_from_without_a_journal() {
    let error = Script::default().client().recover(&[&PAY]).await.unwrap_err();
    assert!(error.message().contains("no journal"), "{error}");
}

// === the file; its thread keeps real time ===

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A file with entries of these many calls that never got an answer, closed.
async fn written(path: &Path, calls: usize) {
    let journal = Arc::new(FileJournal::open(path).await.unwrap());
    let script = Script::new((0..calls).map(|_| LOST));
    // Another process draws other ids.
    let client = client_of(&script, &journal, Rng::system().unwrap());
    for _ in 0..calls {
        client.call(transfer()).await.unwrap_err();
    }
    journal.close().await;
}

#[tokio::test]
async fn a_file_keeps_its_entries_until_they_are_closed() {
    let folder = folder();
    let path = folder.path().join("keys.journal");
    written(&path, 3).await;
    let journal = FileJournal::open(&path).await.unwrap();
    let entries = journal.open().await.unwrap();
    assert_eq!(entries.len(), 3);
    journal.mark(entries[1].id, State::Done).await.unwrap();
    journal.close().await;
    assert!(journal.open().await.unwrap_err().message().contains("is closed"));

    let reopened = FileJournal::open(&path).await.unwrap().open().await.unwrap();
    assert_eq!(reopened, [entries[0].clone(), entries[2].clone()]);
}

#[tokio::test]
async fn a_file_has_one_writer() {
    let folder = folder();
    let path = folder.path().join("keys.journal");
    let first = FileJournal::open(&path).await.unwrap();
    let error = FileJournal::open(&path).await.unwrap_err();
    assert!(error.message().contains("one writer"), "{error}");
    first.close().await;
    FileJournal::open(&path).await.unwrap();
}

#[tokio::test]
async fn a_torn_last_line_is_cut_off_and_the_file_goes_on() {
    let folder = folder();
    let path = folder.path().join("keys.journal");
    written(&path, 2).await;
    let whole = fs::read(&path).unwrap();
    OpenOptions::new().append(true).open(&path).unwrap().write_all(&whole[..100]).unwrap();
    written(&path, 1).await;
    assert_eq!(FileJournal::open(&path).await.unwrap().open().await.unwrap().len(), 3);
    assert!(fs::read(&path).unwrap().starts_with(&whole));
}

#[tokio::test]
async fn a_damaged_file_is_an_error_that_names_the_line() {
    let folder = folder();
    let path = folder.path().join("keys.journal");
    written(&path, 3).await;
    let mut bytes = fs::read(&path).unwrap();
    bytes[40] ^= 1;
    fs::write(&path, bytes).unwrap();
    let error = FileJournal::open(&path).await.unwrap_err();
    assert!(error.message().contains("line 1 is damaged"), "{error}");
}

#[tokio::test]
async fn a_file_of_mostly_closed_entries_is_written_anew() {
    let folder = folder();
    let path = folder.path().join("keys.journal");
    written(&path, 1).await;
    let journal = FileJournal::open(&path).await.unwrap();
    let entry = journal.open().await.unwrap().remove(0);
    for number in 0..1_000 {
        let id = EntryId::new(number);
        journal.begin(Entry { id, ..entry.clone() }).await.unwrap();
        journal.mark(id, State::Done).await.unwrap();
    }
    journal.close().await;
    let lines = fs::read_to_string(&path).unwrap().lines().count();
    assert!(lines < 1_100, "{lines}");
    assert_eq!(FileJournal::open(&path).await.unwrap().open().await.unwrap(), [entry]);
}

/// Fills a journal until its file may not grow any more; run by the test below, in a process with such a limit.
#[tokio::test]
async fn filler() {
    let Some(path) = std::env::var_os("FILLER_JOURNAL").map(std::path::PathBuf::from) else { return };
    let journal = FileJournal::open(&path).await.unwrap();
    let entry = journal.open().await.unwrap().remove(0);
    let begin = async |number| journal.begin(Entry { id: EntryId::new(number), ..entry.clone() }).await;
    let mut number = 0;
    let why = loop {
        number += 1;
        if let Err(why) = begin(number).await {
            break why;
        }
    };
    assert!(why.message().contains("cannot be written"), "{why}");
    assert!(begin(number + 1).await.is_err(), "nothing more is written");
    journal.mark(EntryId::new(number), State::Void).await.unwrap();
    journal.mark(entry.id, State::Void).await.unwrap_err();
    fs::write(path.with_extension("refused"), number.to_string()).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_call_that_found_no_room_is_not_there_after_a_restart() {
    let folder = folder();
    let path = folder.path().join("keys.journal");
    written(&path, 1).await;
    // A signal that is ignored stays ignored; the write fails instead.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" --exact filler";
    let mut filler = tokio::process::Command::new("sh");
    filler.args(["-c", script]).arg(std::env::current_exe().unwrap()).env("FILLER_JOURNAL", &path);
    let output = filler.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let refused: usize = fs::read_to_string(path.with_extension("refused")).unwrap().parse().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.ends_with('\n'), "what did not fit is gone");
    assert_eq!(FileJournal::open(&path).await.unwrap().open().await.unwrap().len(), refused);
}

#[tokio::test]
async fn many_calls_share_a_flush_and_each_is_there() {
    let folder = folder();
    let path = folder.path().join("keys.journal");
    written(&path, 1).await;
    let journal = FileJournal::open(&path).await.unwrap();
    let entry = journal.open().await.unwrap().remove(0);
    let begin = |number| journal.begin(Entry { id: EntryId::new(number), ..entry.clone() });
    futures_util::future::try_join_all((0..600).map(begin)).await.unwrap();
    journal.close().await;
    assert_eq!(FileJournal::open(&path).await.unwrap().open().await.unwrap().len(), 601);
}
