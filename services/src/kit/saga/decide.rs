//! What follows from an outcome. No IO: the whole table of the saga stands here.

use std::time::Duration;

use payment_clients::contract::error::Error;

use super::{Direction, Outcome, Reason, Step, Undo};

/// Attempts of one call that certainly did nothing, made in a row before it counts as declined.
pub(super) const NOT_BEGUN: u32 = 3;
/// Attempts of one call whose outcome stays unknown before a person is asked: some seven minutes.
pub(super) const ATTEMPTS: u32 = 20;

/// Where a saga stands: the call it is making.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) index: usize,
    pub(super) direction: Direction,
    pub(super) attempt: u32,
    pub(super) doubt: bool,
}

/// How a call is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Done,
    Declined,
    Unknown,
}

/// What happens next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Make this call.
    Call(usize, Direction),
    /// Leave it to the worker.
    Wait(Duration),
    /// All done.
    Succeed,
    /// All undone.
    Compensated,
    /// A person must look.
    Attention,
}

/// An outcome, digested.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) mark: Mark,
    pub(super) next: Next,
    /// What the step answered.
    pub(super) answer: Option<String>,
    /// Why things went wrong.
    pub(super) error: Option<Error>,
}

/// The table: direction × outcome.
pub(super) fn decide(steps: &[Step], at: Position, outcome: Outcome) -> Decision {
    #[cfg(feature = "mutants")]
    let outcome = crate::mutants::outcome(outcome);
    let wait = if at.attempt >= ATTEMPTS { Next::Attention } else { Next::Wait(pause(at.attempt)) };
    let (mark, next, answer, error) = match (at.direction, outcome) {
        (Direction::Forward, Outcome::Done(answer)) => (Mark::Done, forward(steps, at.index), Some(answer), None),
        (Direction::Compensate, Outcome::Done(answer)) => (Mark::Done, undo(&steps[..at.index]), Some(answer), None),
        // A refusal without a code comes from something in between, which knows nothing of an earlier attempt.
        (Direction::Forward, Outcome::Declined(error)) if !at.doubt || error.code().is_some() => {
            (Mark::Declined, back(steps, at), None, Some(error))
        }
        // An earlier attempt may have had its effect, whatever this one says of itself. And where there is no way back,
        // that somebody is away for a while decides nothing.
        (Direction::Forward, Outcome::NotBegun(error)) if !at.doubt && !is_owed(steps, at.index) => {
            (Mark::Declined, back(steps, at), None, Some(error))
        }
        // What was done cannot stay and cannot be undone.
        (Direction::Compensate, Outcome::Declined(error)) => (Mark::Declined, Next::Attention, None, Some(error)),
        (_, Outcome::Declined(error) | Outcome::NotBegun(error) | Outcome::Unknown(error)) => {
            (Mark::Unknown, wait, None, Some(error))
        }
    };
    Decision { mark, next, answer, error }
}

/// True for a step that has to be done, because of itself or of what came before it.
fn is_owed(steps: &[Step], index: usize) -> bool {
    steps[index].owed || steps[..index].iter().any(|step| step.undo == Undo::Never)
}

fn forward(steps: &[Step], index: usize) -> Next {
    if index + 1 < steps.len() { Next::Call(index + 1, Direction::Forward) } else { Next::Succeed }
}

/// The way back from a declined step. If an earlier attempt of it was in doubt it is undone as well: undoing tolerates
/// that there is nothing to undo, and leaves a late effect nowhere to land.
fn back(steps: &[Step], at: Position) -> Next {
    let done = &steps[..at.index];
    if done.iter().any(|step| step.undo == Undo::Never) {
        return Next::Attention;
    }
    undo(if at.doubt { &steps[..=at.index] } else { done })
}

/// The last step that has something to undo.
fn undo(steps: &[Step]) -> Next {
    let last = steps.iter().rposition(|step| step.undo == Undo::Call);
    last.map_or(Next::Compensated, |index| Next::Call(index, Direction::Compensate))
}

/// 200 ms, doubled each time, at most 30 s.
fn pause(attempt: u32) -> Duration {
    const FIRST: Duration = Duration::from_millis(200);
    const LONGEST: Duration = Duration::from_secs(30);
    FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST)
}

/// What a failed saga is remembered by.
pub(super) fn reason(steps: &[Step], at: Position, error: &Error) -> Reason {
    Reason::of(steps[at.index].name, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: &[Step] =
        &[Step::ask("a"), Step::undoable("b"), Step::undoable("c"), Step::pivot("d"), Step::ask("e")];

    fn next(index: usize, direction: Direction, doubt: bool, outcome: Outcome) -> Next {
        decide(STEPS, Position { index, direction, attempt: 1, doubt }, outcome).next
    }

    fn no() -> Error {
        Error::declined("NO", "no")
    }

    #[test]
    fn the_way_forward_ends_after_the_last_step() {
        use Direction::Forward;
        assert_eq!(next(0, Forward, false, Outcome::Done("1".into())), Next::Call(1, Forward));
        assert_eq!(next(4, Forward, false, Outcome::Done("1".into())), Next::Succeed);
    }

    #[test]
    fn a_refusal_undoes_in_reverse_what_was_done_and_never_passes_a_pivot() {
        use Direction::{Compensate, Forward};
        assert_eq!(next(0, Forward, false, Outcome::Declined(no())), Next::Compensated);
        assert_eq!(next(2, Forward, false, Outcome::Declined(no())), Next::Call(1, Compensate));
        assert_eq!(next(3, Forward, false, Outcome::Declined(no())), Next::Call(2, Compensate));
        assert_eq!(next(4, Forward, false, Outcome::Declined(no())), Next::Attention);
        assert_eq!(next(2, Compensate, false, Outcome::Done("1".into())), Next::Call(1, Compensate));
        assert_eq!(next(1, Compensate, false, Outcome::Done("1".into())), Next::Compensated);
        assert_eq!(next(1, Compensate, false, Outcome::Declined(no())), Next::Attention);
    }

    #[test]
    fn a_refusal_after_a_doubt_undoes_the_doubtful_step_too() {
        use Direction::{Compensate, Forward};
        assert_eq!(next(2, Forward, true, Outcome::Declined(no())), Next::Call(2, Compensate));
        assert_eq!(next(0, Forward, true, Outcome::Declined(no())), Next::Compensated);
    }

    #[test]
    fn a_bare_refusal_by_something_in_between_settles_no_doubt() {
        use payment_clients::contract::{certainty::Certainty, error::ErrorKind};

        let bare = || Outcome::Declined(Error::new(ErrorKind::NotFound, Certainty::Processed, "404 of a proxy"));
        assert!(matches!(next(2, Direction::Forward, true, bare()), Next::Wait(_)));
        assert_eq!(next(2, Direction::Forward, false, bare()), Next::Call(1, Direction::Compensate));
    }

    #[test]
    fn the_unknown_is_never_undone() {
        for direction in [Direction::Forward, Direction::Compensate] {
            for doubt in [false, true] {
                assert!(matches!(next(2, direction, doubt, Outcome::Unknown(no())), Next::Wait(_)));
            }
        }
        assert!(matches!(next(2, Direction::Forward, true, Outcome::NotBegun(no())), Next::Wait(_)));
        assert_eq!(next(2, Direction::Forward, false, Outcome::NotBegun(no())), Next::Call(1, Direction::Compensate));
    }

    #[test]
    fn what_is_owed_is_asked_for_until_there_is_an_answer() {
        let not_begun = |steps: &[Step], index| {
            let at = Position { index, direction: Direction::Forward, attempt: 1, doubt: false };
            decide(steps, at, Outcome::NotBegun(no())).next
        };
        assert!(matches!(not_begun(STEPS, 4), Next::Wait(_)), "behind a pivot there is no way back");
        assert_eq!(not_begun(STEPS, 3), Next::Call(2, Direction::Compensate), "the pivot itself can be left out");
        assert!(matches!(not_begun(&[Step::owed("a")], 0), Next::Wait(_)));
        assert_eq!(next(4, Direction::Forward, false, Outcome::Declined(no())), Next::Attention);
    }

    #[test]
    fn a_person_is_asked_in_the_end() {
        let at = Position { index: 2, direction: Direction::Forward, attempt: ATTEMPTS, doubt: true };
        assert_eq!(decide(STEPS, at, Outcome::Unknown(no())).next, Next::Attention);
        let waits: Duration = (1..ATTEMPTS).map(pause).sum();
        assert!((Duration::from_secs(300)..Duration::from_secs(600)).contains(&waits), "{waits:?}");
    }
}
