//! A saga of five steps, another side that honours keys and can fail in every way, and a process that can be killed.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, VecDeque},
    future::pending,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use http::HeaderValue;
use payment_clients::contract::{
    certainty::Certainty,
    context::CallContext,
    error::{Error, ErrorKind},
    trace::TraceContext,
};
use payment_services::{
    args,
    kit::{
        clock::{Clock, Hand},
        ids::Ids,
        incident,
        saga::{self, Call, Direction, End, Engine, Json, Lease, Outcome, Run, Saga, Step},
        store::{Store, Stores, Tx},
    },
};

use crate::support::Place;
use tokio::sync::Notify;

const BOOKS: &str =
    "CREATE TABLE book(payment TEXT NOT NULL, what TEXT NOT NULL, PRIMARY KEY(payment, what)) {{strict}};";

thread_local! {
    /// One place for all worlds of a test, which are hundreds, each with a store of its own in it. Gone with its thread.
    static PLACE: (Place, Cell<u32>) = (Place::new(), Cell::new(0));
}

/// How the other side answers a call.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Done,
    Declined,
    NotBegun,
    Silence,
    Lost,
    Panic,
}

/// The other side, which outlives every process of ours.
#[derive(Clone, Default)]
pub struct Side(Arc<Mutex<Book>>, Arc<Notify>);

#[derive(Default)]
struct Book {
    /// What happened, in order: step and direction.
    effects: Vec<(String, String)>,
    /// Keys by what they were used for.
    keys: BTreeMap<String, BTreeSet<String>>,
    calls: Vec<Call>,
    plan: BTreeMap<String, (VecDeque<Answer>, bool)>,
    gates: BTreeMap<&'static str, Gate>,
    kills: Vec<u32>,
    points: u32,
    saw_a_deadline: bool,
    /// For which request each call was made: its trace and its id.
    origins: Vec<(Option<TraceContext>, Option<HeaderValue>)>,
}

/// Stops the first call of a step until it is opened.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Notify, Notify)>);

impl Gate {
    pub async fn entered(&self) {
        self.0.0.notified().await;
    }

    pub fn open(&self) {
        self.0.1.notify_one();
    }

    async fn pass(&self) {
        self.0.0.notify_one();
        self.0.1.notified().await;
    }
}

fn name(step: &str, direction: Direction) -> String {
    format!("{step}:{}", direction.as_str())
}

impl Side {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Plans the answers to a step's calls; the last of them for ever, or `Done` after them.
    pub fn will(&self, step: &str, direction: Direction, answers: &[Answer], for_ever: bool) {
        self.book().plan.insert(name(step, direction), (answers.iter().copied().collect(), for_ever));
    }

    pub fn gate(&self, step: &'static str) -> Gate {
        let gate = Gate::default();
        self.book().gates.insert(step, gate.clone());
        gate
    }

    pub fn kill_at(&self, points: &[u32]) {
        self.book().kills = points.to_vec();
    }

    pub fn points(&self) -> u32 {
        self.book().points
    }

    /// A point at which the process may be killed. True when it is.
    fn killed(&self) -> bool {
        let mut book = self.book();
        book.points += 1;
        let point = book.points;
        let killed = book.kills.contains(&point);
        if killed {
            self.1.notify_one();
        }
        killed
    }

    async fn point(&self) {
        if self.killed() {
            // A dead process makes no further step.
            pending::<()>().await;
        }
    }

    async fn answer(&self, run: &Run, call: &Call) -> Outcome {
        self.point().await;
        let what = name(call.step, call.direction);
        let gate = self.book().gates.remove(call.step);
        let answer = {
            let mut book = self.book();
            let context = CallContext::current();
            book.saw_a_deadline |= context.as_ref().is_some_and(|context| context.deadline.is_some());
            book.origins.extend(context.map(|context| (context.trace, context.request_id.clone())));
            book.calls.push(call.clone());
            let (plan, for_ever) = book.plan.entry(what.clone()).or_default();
            let answer = if plan.len() == 1 && *for_ever { plan.front().copied() } else { plan.pop_front() };
            answer.unwrap_or(Answer::Done)
        };
        if let Some(gate) = gate {
            gate.pass().await;
        }
        if matches!(answer, Answer::Done | Answer::Silence) {
            let key = call.key.to_string();
            let mut book = self.book();
            let new = book.keys.entry(format!("{} {what}", run.business_key)).or_default().insert(key);
            if new {
                book.effects.push((run.business_key.clone(), what));
            }
        }
        self.point().await;
        match answer {
            Answer::Done => Outcome::done(&call.step),
            Answer::Declined => Outcome::Declined(Error::declined("NO", "no")),
            Answer::NotBegun => Outcome::NotBegun(Error::unavailable("not now", Duration::ZERO)),
            Answer::Silence | Answer::Lost => {
                Outcome::Unknown(Error::new(ErrorKind::Timeout, Certainty::PossiblyProcessed, "no answer"))
            }
            Answer::Panic => panic!("the call of this test panics"),
        }
    }

    pub fn effects(&self) -> Vec<String> {
        self.book().effects.iter().map(|(_, what)| what.clone()).collect()
    }

    fn calls<T>(&self, step: &str, read: impl Fn(&Call) -> T) -> Vec<T> {
        self.book().calls.iter().filter(|call| call.step == step).map(read).collect()
    }

    pub fn attempts(&self, step: &str) -> Vec<u32> {
        self.calls(step, |call| call.attempt)
    }

    pub fn doubts(&self, step: &str) -> Vec<bool> {
        self.calls(step, |call| call.doubt)
    }

    pub fn origins(&self) -> Vec<(Option<TraceContext>, Option<HeaderValue>)> {
        self.book().origins.clone()
    }

    pub fn saw_a_deadline(&self) -> bool {
        self.book().saw_a_deadline
    }

    /// Every call was made with one key only, so its effect happened at most once.
    pub fn check_keys(&self, context: &str) {
        let book = self.book();
        assert!(book.keys.values().all(|keys| keys.len() == 1), "{context}: {:?}", book.keys);
        let distinct: BTreeSet<_> = book.effects.iter().collect();
        assert_eq!(distinct.len(), book.effects.len(), "{context}: {:?}", book.effects);
    }

    /// Everything that happened and can be undone was undone, in reverse order.
    pub fn check_undone(&self, context: &str) {
        let effects = self.effects();
        let split = effects.iter().position(|what| what.ends_with(":comp")).unwrap_or(effects.len());
        let (done, undone) = effects.split_at(split);
        let mut expected: Vec<_> = done.iter().rev().filter_map(|what| what.strip_suffix(":fwd")).collect();
        expected.retain(|step| ["hold", "book"].contains(step));
        let undone: Vec<_> = undone.iter().map(|what| what.strip_suffix(":comp").unwrap_or("went on")).collect();
        // A step whose call was in doubt is undone too, although nothing had happened.
        let needed: Vec<_> = undone.iter().copied().filter(|step| expected.contains(step)).collect();
        assert_eq!(needed, expected, "{context}: {effects:?}");
        assert!([&[][..], &["hold"], &["book", "hold"]].contains(&&undone[..]), "{context}: {effects:?}");
        assert!(!done.contains(&"pay:fwd".to_owned()), "{context}: {effects:?}");
    }
}

// === the saga ===

struct Buy(Side);

#[async_trait]
impl Saga for Buy {
    fn kind(&self) -> &'static str {
        "buy"
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::ask("ask"), Step::undoable("hold"), Step::undoable("book"), Step::pivot("pay"), Step::ask("tell")] }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        let before = self.steps().iter().take_while(|step| step.name != call.step);
        for step in before {
            assert_eq!(run.answer::<String>(step.name).unwrap(), step.name, "answers are kept over a restart");
        }
        self.0.answer(run, call).await
    }

    async fn compensate(&self, run: &Run, call: &Call) -> Outcome {
        self.0.answer(run, call).await
    }

    fn recorded(&self, tx: &mut Tx<'_>, run: &Run, call: &Call) -> Result<(), Error> {
        self.write(tx, run, &name(call.step, call.direction))
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, _: &End) -> Result<Option<Json>, Error> {
        self.write(tx, run, "ended")?;
        Ok(Some(serde_json::to_string(&run.input::<String>()?).unwrap()))
    }
}

impl Buy {
    fn write(&self, tx: &mut Tx<'_>, run: &Run, what: &str) -> Result<(), Error> {
        tx.execute("INSERT INTO book(payment, what) VALUES ($1, $2)", args![run.business_key, what])?;
        if self.0.killed() {
            // Dead before the commit: nothing of the unit stays.
            return Err(Error::internal("killed"));
        }
        Ok(())
    }
}

// === the process ===

pub struct World {
    home: (Stores, String),
    store: Store,
    clock: Clock,
    pub hand: Hand,
    pub side: Side,
    pub engine: Engine,
    generation: u64,
}

impl World {
    pub fn new() -> Self {
        let (clock, hand) = Clock::manual(1_000_000);
        let home = PLACE.with(|(place, worlds)| {
            worlds.set(worlds.get() + 1);
            (place.stores().clone(), format!("test-{}", worlds.get()))
        });
        Self::on(home, clock, hand, Side::default(), 0)
    }

    fn on(home: (Stores, String), clock: Clock, hand: Hand, side: Side, generation: u64) -> Self {
        let tables = &[incident::TABLES, saga::TABLES, saga::ORIGIN, BOOKS];
        let store = home.0.open(&home.1, tables).unwrap();
        let engine = engine(&store, &clock, &side, "test", generation);
        Self { home, store, clock, hand, side, engine, generation }
    }

    /// Another engine on the same store.
    pub fn engine(&self, owner: &str) -> Engine {
        engine(&self.store, &self.clock, &self.side, owner, 99)
    }

    /// A fresh process on what the killed one had committed.
    pub async fn restart(self) -> Self {
        let Self { home, store, clock, hand, side, engine, generation } = self;
        drop(engine);
        store.close().await.unwrap();
        let world = Self::on(home, clock, hand, side, generation + 1);
        world.engine.recover().await.unwrap();
        world
    }

    pub async fn start(&self, payment: &str) -> Lease {
        self.try_start(payment).await.unwrap()
    }

    pub async fn try_start(&self, payment: &str) -> Result<Lease, Error> {
        let (engine, payment) = (self.engine.clone(), payment.to_owned());
        self.store.write(move |tx| engine.start(tx, "buy", &payment, &payment)).await
    }

    /// Drives as the handler does. True when the process was killed.
    pub async fn drive(&self, lease: Lease) -> bool {
        tokio::select! {
            biased;
            () = self.side.1.notified() => true,
            // An error is the commit at which the process was killed.
            progress = self.engine.run(lease) => progress.is_err() && self.was_killed().await,
        }
    }

    /// Works as the worker does, until nothing is left to do. True when the process was killed.
    pub async fn work(&self) -> bool {
        tokio::select! {
            biased;
            () = self.side.1.notified() => true,
            () = self.settle() => false,
        }
    }

    async fn was_killed(&self) -> bool {
        self.side.1.notified().await;
        true
    }

    /// Lets time pass until every saga has ended.
    pub async fn settle(&self) {
        const OPEN: &str = "SELECT COUNT(*) FROM saga WHERE ended_at IS NULL";
        for _ in 0..200 {
            self.engine.pass().await.unwrap();
            if self.count(OPEN).await == 0 {
                return;
            }
            self.hand.advance(Duration::from_secs(31));
        }
        panic!("a saga does not end");
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.store.read(move |view| view.one(sql, &[], |row| row.get(0))).await.unwrap()
    }

    pub async fn incidents(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM incident WHERE closed_at IS NULL").await
    }

    pub async fn state(&self, payment: &str) -> String {
        let payment = payment.to_owned();
        let read = move |view: &payment_services::kit::store::View<'_>| {
            view.one("SELECT state FROM saga WHERE business_key = $1", args![payment], |row| row.get(0))
        };
        self.store.read(read).await.unwrap()
    }

    /// What the hooks wrote is what the log says, and what the log says is done was done.
    pub async fn check_books(&self, context: &str) {
        const BOOKED: &str = "SELECT payment || ' ' || what FROM book WHERE what <> 'ended' ORDER BY 1";
        const LOGGED: &str = "SELECT saga.business_key || ' ' || saga_step.step || ':' || saga_step.direction
            FROM saga_step JOIN saga ON saga.id = saga_step.saga_id WHERE saga_step.state = 'done' ORDER BY 1";
        let list = |sql| self.store.read(move |view| view.all(sql, &[], |row| row.get::<String>(0)));
        let (booked, logged) = (list(BOOKED).await.unwrap(), list(LOGGED).await.unwrap());
        assert_eq!(booked, logged, "{context}");
        let mut happened: Vec<_> = {
            let book = self.side.book();
            book.effects.iter().map(|(payment, what)| format!("{payment} {what}")).collect()
        };
        happened.sort();
        assert!(logged.iter().all(|call| happened.contains(call)), "{context}: {logged:?} {happened:?}");
        let ended = self.count("SELECT COUNT(*) FROM book WHERE what = 'ended'").await;
        assert_eq!(ended, self.count("SELECT COUNT(*) FROM saga WHERE ended_at IS NOT NULL").await, "{context}");
    }
}

fn engine(store: &Store, clock: &Clock, side: &Side, owner: &str, seed: u64) -> Engine {
    let ids = Ids::seeded(clock.clone(), seed);
    Engine::new(store.clone(), clock.clone(), ids, owner, [Arc::new(Buy(side.clone())) as Arc<dyn Saga>])
}
