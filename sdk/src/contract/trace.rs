//! W3C trace context: which trace a call belongs to, and which span asked for it.

use std::fmt;

/// A `traceparent` value of version 00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// The trace, never 0.
    pub trace_id: u128,
    /// The span that made the call, never 0.
    pub span_id: u64,
    /// Whether the trace is being recorded.
    pub sampled: bool,
}

impl TraceContext {
    /// Reads a `traceparent` header. A malformed one is treated as absent, as the specification asks.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let well_formed = version.len() == 2
            && version != "ff"
            && (version != "00" || parts.next().is_none())
            && trace.len() == 32
            && span.len() == 16
            && flags.len() == 2
            && text.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !well_formed {
            return None;
        }
        let trace_id = u128::from_str_radix(trace, 16).ok().filter(|id| *id != 0)?;
        let span_id = u64::from_str_radix(span, 16).ok().filter(|id| *id != 0)?;
        let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        Some(Self { trace_id, span_id, sampled })
    }

    /// The same trace, seen from a span below this one.
    #[must_use]
    pub fn child(self, span_id: u64) -> Self {
        Self { span_id: span_id.max(1), ..self }
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = if self.sampled { "01" } else { "00" };
        write!(f, "00-{}-{}-{flags}", Hex::<32>(self.trace_id), Hex::<16>(self.span_id.into()))
    }
}

/// So many hexadecimal digits, leading zeros included. Ids are written on every attempt, and `{:032x}` is the slowest
/// part of that.
pub(crate) struct Hex<const DIGITS: usize>(pub(crate) u128);

impl<const DIGITS: usize> fmt::Display for Hex<DIGITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut digits, mut left) = ([0; DIGITS], self.0);
        for digit in digits.iter_mut().rev() {
            *digit = b"0123456789abcdef"[usize::try_from(left % 16).unwrap_or(0)];
            left /= 16;
        }
        f.write_str(std::str::from_utf8(&digits).unwrap_or_default())
    }
}
