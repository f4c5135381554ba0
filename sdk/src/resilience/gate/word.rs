//! The whole state of a gate in 64 bits, so that each change is one compare-and-swap and no two threads can see halves
//! of different states.

/// Where a gate is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Healthy: every call passes.
    Closed,
    /// Refusing, until a probe is due.
    Open,
    /// Refusing, while probes find out.
    HalfOpen,
    /// Probes succeeded: a growing share of the calls passes.
    Ramping,
}

/// The unpacked state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) phase: Phase,
    /// Probes that succeeded in a row.
    pub(super) wins: u64,
    /// Openings in a row, without full recovery between them.
    pub(super) trips: u64,
    /// Changes with each change that ends what calls in flight were admitted to. A verdict of an older generation is
    /// void. It comes round after 8192 changes, each of which takes longer than a call may.
    pub(super) generation: u64,
    /// Milliseconds since the epoch, 34 years of them. Open and half-open: when the next probe may start, be it that the
    /// wait ends or that the probe under way is overdue. Ramping: when it began.
    pub(super) at: u64,
}

const WINS: u32 = 4;
const TRIPS: u32 = 5;
const GENERATION: u32 = 13;
const AT: u32 = 40;

impl Phase {
    /// As a label, such as `half_open`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::Ramping => "ramping",
        }
    }

    /// True when calls pass and their outcomes count.
    pub(super) fn carries_calls(self) -> bool {
        matches!(self, Self::Closed | Self::Ramping)
    }

    fn bits(self) -> u64 {
        match self {
            Self::Closed => 0,
            Self::Open => 1,
            Self::HalfOpen => 2,
            Self::Ramping => 3,
        }
    }

    fn of(bits: u64) -> Self {
        match bits & 3 {
            0 => Self::Closed,
            1 => Self::Open,
            2 => Self::HalfOpen,
            _ => Self::Ramping,
        }
    }
}

impl Word {
    pub(super) const NEW: Self = Self { phase: Phase::Closed, wins: 0, trips: 0, generation: 0, at: 0 };

    /// Another phase, which ends what was admitted before.
    pub(super) fn turned(self, phase: Phase, at: u64) -> Self {
        Self { phase, at, generation: (self.generation + 1) & mask(GENERATION), ..self }
    }

    /// Opened once more.
    pub(super) fn tripped(self, at: u64) -> Self {
        Self { wins: 0, trips: (self.trips + 1).min(mask(TRIPS)), ..self.turned(Phase::Open, at) }
    }

    /// Healthy again. What was admitted while ramping still counts.
    pub(super) fn healed(self) -> Self {
        Self { phase: Phase::Closed, wins: 0, trips: 0, at: 0, ..self }
    }

    pub(super) fn pack(self) -> u64 {
        let mut bits = self.phase.bits();
        for (width, value) in
            [(WINS, self.wins), (TRIPS, self.trips), (GENERATION, self.generation), (AT, self.at.min(mask(AT)))]
        {
            bits = (bits << width) | (value & mask(width));
        }
        bits
    }

    pub(super) fn unpack(mut bits: u64) -> Self {
        let mut next = |width: u32| {
            let value = bits & mask(width);
            bits >>= width;
            value
        };
        let (at, generation, trips, wins) = (next(AT), next(GENERATION), next(TRIPS), next(WINS));
        Self { phase: Phase::of(bits), wins, trips, generation, at }
    }
}

const fn mask(width: u32) -> u64 {
    (1 << width) - 1
}
