//! What becomes of one attempt: on its way there, at the server, and on its way back.

use std::time::Duration;

use payment_clients::seams::Rng;

/// What becomes of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// No connection that could carry a request: no listener, or one that hangs up before the TLS handshake.
    Refused,
    /// The connection ends after this many bytes of the request; the server never acts. HTTP/2 counts no bytes.
    Unread {
        /// Bytes that the server reads.
        bytes: usize,
        /// How the connection ends.
        end: End,
    },
    /// The request arrives whole, nothing is done with it, and something else than the server's answer comes back.
    Ignored(Answer),
    /// The server does its work, and something else than its answer comes back.
    Worked(Work, Answer),
    /// The server does its work and answers.
    Served(Work),
}

/// What the server does with a request, once it begins. No fault of the connection undoes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Commits the effect after this time.
    Commit(Duration),
    /// Refuses for good, by the rules of the business.
    Decline,
}

/// What comes back instead of the server's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An error status with the envelope's code and the `x-nack` header, each left out where empty.
    Status(u16, &'static str, &'static str),
    /// A 200 whose body is a page for people.
    NotJson,
    /// No whole answer.
    Lost(Loss),
}

/// How an answer gets lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nothing comes, on an open connection.
    Stall,
    /// The connection ends after this many bytes of the answer. HTTP/2 counts bytes of the body.
    Cut {
        /// Bytes of the answer that are sent.
        bytes: usize,
        /// How the connection ends.
        end: End,
    },
    /// A body in chunks, whose last one never comes. HTTP/2 has none and ends the connection within the body.
    ShortChunks,
    /// The stream or connection is given up by HTTP/2's own means. HTTP/1.1 has none and closes.
    GivenUp(GivenUp),
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In order: FIN, after `close_notify` on TLS.
    Close,
    /// At once: RST. HTTP/2 drops the connection.
    Reset,
}

/// HTTP/2's own ways to end an exchange (RFC 9113 §6.4, §6.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    /// RST_STREAM REFUSED_STREAM: not begun.
    RefusedStream,
    /// RST_STREAM CANCEL.
    Cancel,
    /// RST_STREAM INTERNAL_ERROR.
    InternalError,
    /// GOAWAY whose last stream is before ours: not begun.
    GoAwayBefore,
    /// GOAWAY whose last stream is ours, then the end of the connection.
    GoAwayAfter,
}

impl Fate {
    /// No fault at all.
    pub const OK: Self = Self::Served(Work::AT_ONCE);

    /// True when the server does work that ends in an effect.
    pub fn commits(self) -> bool {
        matches!(self, Self::Worked(Work::Commit(_), _) | Self::Served(Work::Commit(_)))
    }

    /// The fate of one attempt of a random run: half of them go well, the others take each letter of the alphabet
    /// alike. A function of its arguments alone, so that it does not depend on the order of concurrent calls.
    pub fn drawn(seed: u64, intent: u64, attempt: u32) -> Self {
        let rng = Rng::seeded(seed ^ intent.rotate_left(20) ^ u64::from(attempt).rotate_left(56));
        if rng.bits().is_multiple_of(2) { Self::OK } else { *pick(&rng, &ALPHABET) }
    }
}

impl Answer {
    /// Nothing, on an open connection.
    pub const STALL: Self = Self::Lost(Loss::Stall);
    /// The connection closes before the answer begins.
    pub const DROPPED: Self = Self::cut(0, End::Close);
    /// The connection is reset before the answer begins.
    pub const RESET: Self = Self::cut(0, End::Reset);
    /// The connection closes within the answer.
    pub const HALF: Self = Self::cut(40, End::Close);

    /// The connection ends after `bytes` of the answer.
    pub const fn cut(bytes: usize, end: End) -> Self {
        Self::Lost(Loss::Cut { bytes, end })
    }

    /// The exchange is given up by HTTP/2's own means.
    pub const fn given_up(how: GivenUp) -> Self {
        Self::Lost(Loss::GivenUp(how))
    }
}

impl Work {
    /// Commits without delay.
    pub const AT_ONCE: Self = Self::Commit(Duration::ZERO);
    /// Commits within an attempt's timeout.
    pub const LATE: Self = Self::Commit(Duration::from_millis(20));
    /// Commits after the attempt that asked for it has timed out, so that a repeat finds it under way.
    pub const TOO_LATE: Self = Self::Commit(Duration::from_millis(150));
}

/// Every kind of fate that differs in what the client can see or the server has done. Statuses of one meaning are
/// one letter.
pub const ALPHABET: [Fate; 17] = [
    Fate::OK,
    Fate::Refused,
    Fate::Unread { bytes: 40, end: End::Reset },
    Fate::Ignored(Answer::DROPPED),
    Fate::Ignored(Answer::STALL),
    Fate::Ignored(Answer::Status(503, "", "retry")),
    Fate::Ignored(Answer::Status(503, "", "final")),
    Fate::Ignored(Answer::Status(401, "", "")),
    // From something in between that knows no such route, as while a new version is rolled out.
    Fate::Ignored(Answer::Status(404, "", "")),
    Fate::Worked(Work::AT_ONCE, Answer::RESET),
    Fate::Worked(Work::AT_ONCE, Answer::HALF),
    Fate::Worked(Work::AT_ONCE, Answer::STALL),
    Fate::Worked(Work::AT_ONCE, Answer::NotJson),
    Fate::Worked(Work::AT_ONCE, Answer::Status(500, "", "")),
    Fate::Served(Work::LATE),
    Fate::Served(Work::TOO_LATE),
    Fate::Served(Work::Decline),
];

/// One of `choices`, all equally likely.
pub fn pick<'a, T>(rng: &Rng, choices: &'a [T]) -> &'a T {
    let at = usize::try_from(rng.bits() % choices.len() as u64).unwrap_or(0);
    &choices[at]
}
