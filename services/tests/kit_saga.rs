//! Sagas: killed at every point of every course of events, they still end, with no effect twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
#[path = "kit_saga/world.rs"]
mod world;

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use http::HeaderValue;
use payment_clients::contract::{
    context::CallContext,
    deadline::Deadline,
    error::{Error, ErrorKind},
    trace::TraceContext,
};
use payment_services::kit::saga::{Direction, End, Outcome, Progress};
use world::{Answer, Side, World};

/// What the other side does at a step, and how the saga must end.
#[derive(Clone, Copy, Debug)]
enum Course {
    AllDone,
    DeclinedAt(&'static str),
    /// The effect happens and the answer is lost.
    AnswerLostAt(&'static str),
    /// The request is lost, and nobody knows.
    RequestLostAt(&'static str),
    /// A step is declined, and the answer to the call that undoes another one is lost.
    UndoAnswerLostAt(&'static str),
}

impl Course {
    const ALL: [Self; 16] = [
        Self::AllDone,
        Self::DeclinedAt("ask"),
        Self::DeclinedAt("hold"),
        Self::DeclinedAt("book"),
        Self::DeclinedAt("pay"),
        Self::AnswerLostAt("ask"),
        Self::AnswerLostAt("hold"),
        Self::AnswerLostAt("book"),
        Self::AnswerLostAt("pay"),
        Self::AnswerLostAt("tell"),
        Self::RequestLostAt("ask"),
        Self::RequestLostAt("hold"),
        Self::RequestLostAt("pay"),
        Self::RequestLostAt("tell"),
        Self::UndoAnswerLostAt("hold"),
        Self::UndoAnswerLostAt("book"),
    ];

    fn prepare(self, side: &Side) {
        use Direction::{Compensate, Forward};
        match self {
            Self::AllDone => {}
            Self::DeclinedAt(step) => side.will(step, Forward, &[Answer::Declined], true),
            Self::AnswerLostAt(step) => side.will(step, Forward, &[Answer::Silence], false),
            Self::RequestLostAt(step) => side.will(step, Forward, &[Answer::Lost], false),
            Self::UndoAnswerLostAt(step) => {
                side.will("pay", Forward, &[Answer::Declined], true);
                side.will(step, Compensate, &[Answer::Silence], false);
            }
        }
    }

    fn end(self) -> &'static str {
        match self {
            Self::DeclinedAt(_) | Self::UndoAnswerLostAt(_) => "compensated",
            _ => "succeeded",
        }
    }
}

/// Runs a course, killing the process at the given points, and checks how it ends. Returns how many points it passed.
async fn survive(course: Course, kills: &[u32]) -> u32 {
    let mut world = World::new();
    course.prepare(&world.side);
    world.side.kill_at(kills);
    let lease = world.start("P1").await;
    let mut died = world.drive(lease).await;
    // What the handler leaves is the worker's; a killed process is followed by a fresh one, which knows only what was
    // committed.
    loop {
        if died {
            world = world.restart().await;
        }
        died = world.work().await;
        if !died {
            break;
        }
    }

    let context = format!("{course:?} killed at {kills:?}");
    assert_eq!(world.state("P1").await, course.end(), "{context}");
    world.side.check_keys(&context);
    world.check_books(&context).await;
    if course.end() == "succeeded" {
        assert_eq!(world.side.effects(), ["ask:fwd", "hold:fwd", "book:fwd", "pay:fwd", "tell:fwd"], "{context}");
    } else {
        world.side.check_undone(&context);
    }
    world.side.points()
}

/// Survives each of these kills, a few processes beside each other, since they mostly wait for the disk.
async fn survive_each(course: Course, kills: impl Iterator<Item = Vec<u32>>) {
    const BESIDE: usize = 8;
    stream::iter(kills)
        .for_each_concurrent(BESIDE, |kills| async move {
            survive(course, &kills).await;
        })
        .await;
}

#[tokio::test]
async fn killed_at_every_point_of_every_course_it_ends_and_no_effect_is_doubled() {
    for course in Course::ALL {
        let points = survive(course, &[]).await;
        assert!(points >= 3, "{course:?} passes {points} points");
        survive_each(course, (1..=points).map(|point| vec![point])).await;
    }
}

#[tokio::test]
async fn killed_twice_at_every_pair_of_points_it_ends_too() {
    // A kill makes the way longer by the call that is repeated.
    const REPEATED: u32 = 2;
    for course in [Course::AllDone, Course::DeclinedAt("pay")] {
        let points = survive(course, &[]).await + REPEATED;
        let pairs = (1..=points).flat_map(|first| (first + 1..=points).map(move |second| vec![first, second]));
        survive_each(course, pairs).await;
    }
}

#[tokio::test]
async fn the_handler_gets_what_the_end_left_for_it() {
    let world = World::new();
    let lease = world.start("P1").await;
    let Progress::Ended(End::Succeeded, Some(answer)) = world.engine.run(lease).await.unwrap() else { panic!() };
    assert_eq!(answer, r#""P1""#);

    world.side.will("pay", Direction::Forward, &[Answer::Declined], true);
    let lease = world.start("P2").await;
    let Progress::Ended(End::Compensated(reason), _) = world.engine.run(lease).await.unwrap() else { panic!() };
    let error = reason.to_error();
    assert_eq!((reason.step.as_str(), error.kind(), error.code()), ("pay", ErrorKind::Declined, Some("NO")));
    assert_eq!(error.status().unwrap(), 422);
}

#[tokio::test]
async fn a_business_key_has_one_saga() {
    let world = World::new();
    let _lease = world.start("P1").await;
    let second = world.try_start("P1").await.map(drop).unwrap_err();
    assert_eq!((second.kind(), second.code()), (ErrorKind::Conflict, Some("SAGA_EXISTS")));
}

#[tokio::test]
async fn an_unknown_outcome_is_told_to_the_handler_and_settled_by_the_worker() {
    let world = World::new();
    world.side.will("pay", Direction::Forward, &[Answer::Silence; 3], false);
    let lease = world.start("P1").await;
    assert!(matches!(world.engine.run(lease).await.unwrap(), Progress::Unresolved(_)));
    assert_eq!(world.engine.pass().await.unwrap(), 0, "not before its time");
    for pause in [200, 400, 800] {
        assert_eq!(world.state("P1").await, "running");
        world.hand.advance(Duration::from_millis(pause - 1));
        assert_eq!(world.engine.pass().await.unwrap(), 0, "{pause} ms are not over");
        world.hand.advance(Duration::from_millis(1));
        assert_eq!(world.engine.pass().await.unwrap(), 1, "{pause} ms are over");
    }
    assert_eq!(world.state("P1").await, "succeeded");
    assert_eq!(world.side.doubts("pay"), [false, true, true, true]);
    assert_eq!(world.side.attempts("pay"), [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_begun_is_tried_three_times_and_then_counts_as_declined() {
    let world = World::new();
    world.side.will("book", Direction::Forward, &[Answer::NotBegun; 2], false);
    let lease = world.start("P1").await;
    assert!(matches!(world.engine.run(lease).await.unwrap(), Progress::Ended(End::Succeeded, _)));
    assert_eq!(world.side.attempts("book").len(), 3);

    let world = World::new();
    world.side.will("book", Direction::Forward, &[Answer::NotBegun], true);
    let lease = world.start("P1").await;
    let Progress::Ended(End::Compensated(reason), _) = world.engine.run(lease).await.unwrap() else { panic!() };
    assert_eq!((reason.status, world.side.attempts("book").len()), (503, 3));
    assert_eq!(world.side.effects(), ["ask:fwd", "hold:fwd", "hold:comp"]);
}

#[tokio::test(start_paused = true)]
async fn after_a_doubt_not_begun_says_nothing_and_a_person_is_asked_in_the_end() {
    let world = World::new();
    world.side.will("pay", Direction::Forward, &[Answer::Silence, Answer::NotBegun], true);
    let lease = world.start("P1").await;
    assert!(matches!(world.engine.run(lease).await.unwrap(), Progress::Unresolved(_)));
    world.settle().await;
    assert_eq!(world.state("P1").await, "attention");
    assert_eq!(world.side.attempts("pay"), (1..=20).collect::<Vec<_>>());
    assert_eq!(world.side.effects(), ["ask:fwd", "hold:fwd", "book:fwd", "pay:fwd"], "nothing is undone");
    assert_eq!(world.incidents().await, 1);
}

#[tokio::test]
async fn after_a_pivot_there_is_no_way_back() {
    let world = World::new();
    world.side.will("tell", Direction::Forward, &[Answer::Declined], true);
    let lease = world.start("P1").await;
    assert!(matches!(world.engine.run(lease).await.unwrap(), Progress::Ended(End::Attention(_), _)));
    assert_eq!(world.side.effects(), ["ask:fwd", "hold:fwd", "book:fwd", "pay:fwd"]);
    assert_eq!((world.state("P1").await.as_str(), world.incidents().await), ("attention", 1));
}

#[tokio::test]
async fn a_refused_undoing_asks_a_person() {
    let world = World::new();
    world.side.will("pay", Direction::Forward, &[Answer::Declined], true);
    world.side.will("book", Direction::Compensate, &[Answer::Declined], true);
    let lease = world.start("P1").await;
    assert!(matches!(world.engine.run(lease).await.unwrap(), Progress::Ended(End::Attention(_), _)));
    assert_eq!(world.incidents().await, 1);
}

#[tokio::test]
async fn a_panicking_call_is_an_unknown_outcome() {
    let world = World::new();
    world.side.will("hold", Direction::Forward, &[Answer::Panic], false);
    let lease = world.start("P1").await;
    assert!(matches!(world.engine.run(lease).await.unwrap(), Progress::Unresolved(_)));
    world.settle().await;
    assert_eq!(world.state("P1").await, "succeeded");
}

#[tokio::test]
async fn who_drives_is_left_alone_until_the_lease_ends() {
    let world = World::new();
    let other = world.engine("other");
    let gate = world.side.gate("hold");
    let lease = world.start("P1").await;
    let driving = tokio::spawn({
        let engine = world.engine.clone();
        async move { engine.run(lease).await }
    });
    gate.entered().await;
    assert_eq!(other.pass().await.unwrap(), 0);
    assert_eq!(other.recover().await.unwrap(), 0, "the leases of others are not void");
    world.hand.turn_back(Duration::from_secs(30));
    assert_eq!(other.pass().await.unwrap(), 0, "a clock that is behind sees a lease that ends late");
    gate.open();
    assert!(matches!(driving.await.unwrap().unwrap(), Progress::Ended(End::Succeeded, _)));
    assert_eq!(world.side.attempts("hold"), [1]);
}

#[tokio::test]
async fn who_lost_the_lease_finds_out_and_records_nothing() {
    let world = World::new();
    let other = world.engine("other");
    let gate = world.side.gate("hold");
    let lease = world.start("P1").await;
    let driving = tokio::spawn({
        let engine = world.engine.clone();
        async move { engine.run(lease).await }
    });
    gate.entered().await;
    world.hand.advance(Duration::from_secs(61));
    assert_eq!(other.pass().await.unwrap(), 1);
    assert_eq!(world.state("P1").await, "succeeded");
    gate.open();
    assert!(matches!(driving.await.unwrap().unwrap(), Progress::Unresolved(_)));
    world.side.check_keys("two drivers");
    world.check_books("two drivers").await;
    assert_eq!(world.side.attempts("hold"), [1, 2], "the same key twice, for one effect");
    assert_eq!(world.side.attempts("book"), [1], "and nothing after it twice");
}

#[tokio::test]
async fn two_workers_at_once_drive_a_saga_once() {
    let world = World::new();
    let other = world.engine("other");
    for number in 0..20 {
        drop(world.start(&format!("P{number}")).await);
    }
    world.hand.advance(Duration::from_secs(61));
    let (one, two) = tokio::join!(world.engine.pass(), other.pass());
    assert!(one.unwrap() + two.unwrap() >= 20);
    for step in ["ask", "hold", "book", "pay", "tell"] {
        assert_eq!(world.side.attempts(step).len(), 20, "{step}");
    }
    world.side.check_keys("two workers");
    world.check_books("two workers").await;
}

#[tokio::test]
async fn the_callers_deadline_does_not_cut_a_saga_in_two() {
    let world = World::new();
    let mut call = CallContext::default();
    call.deadline = Some(Deadline::at(tokio::time::Instant::now().into_std()));
    let lease = world.start("P1").await;
    let progress = Arc::new(call).scope(world.engine.run(lease)).await.unwrap();
    assert!(matches!(progress, Progress::Ended(End::Succeeded, _)));
    assert!(!world.side.saw_a_deadline());
}

#[tokio::test]
async fn whoever_drives_a_saga_later_calls_for_the_request_that_it_follows_from() {
    let world = World::new();
    let mut call = CallContext::default();
    call.trace = TraceContext::parse("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01");
    call.request_id = Some(HeaderValue::from_static("request-1"));
    let origin = (call.trace, call.request_id.clone());
    world.side.will("hold", Direction::Forward, &[Answer::Silence], false);
    let lease = Arc::new(call).scope(world.start("P1")).await;
    // By the handler's process, which is killed, and then by another.
    assert!(matches!(world.engine.run(lease).await.unwrap(), Progress::Unresolved(_)));
    let before = world.side.origins().len();
    let world = world.restart().await;
    world.settle().await;
    let origins = world.side.origins();
    assert!(before > 0 && origins.len() > before, "{origins:?}");
    assert!(origins.iter().all(|seen| *seen == origin), "{origins:?}");
}

#[tokio::test]
async fn a_saga_that_follows_from_no_request_names_none() {
    let world = World::new();
    let lease = world.start("P1").await;
    world.engine.run(lease).await.unwrap();
    assert!(world.side.origins().iter().all(|seen| *seen == (None, None)));
}

#[test]
fn an_error_is_an_outcome_by_its_certainty() {
    assert!(matches!(Outcome::from(Error::rejected("no")), Outcome::NotBegun(_)));
    assert!(matches!(Outcome::from(Error::unavailable("no", Duration::ZERO)), Outcome::NotBegun(_)));
    assert!(matches!(Outcome::from(Error::internal("no")), Outcome::Unknown(_)));
    assert!(matches!(Outcome::from(Error::declined("NO", "no")), Outcome::Declined(_)));
    let Outcome::Done(answer) = Outcome::from(Ok::<_, Error>(7)) else { panic!() };
    assert_eq!(answer, "7");
}
