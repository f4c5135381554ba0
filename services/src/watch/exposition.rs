//! Prometheus' text format as services write it, read strictly: a line that is none of it is refused with its number.
//! Values become whole millionths, so that nothing later needs a fraction.

use std::{borrow::Cow, collections::BTreeMap, str::FromStr};

/// Millionths of one.
const UNIT: i128 = 1_000_000;
/// Digits behind the point that are kept.
const PLACES: i32 = 6;
/// Largest power of ten of a value: far above any figure, and far below what a number can hold.
const MOST_EXPONENT: i32 = 24;

/// What a service told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exposition<'a> {
    /// The kind of each family that says so.
    pub kinds: BTreeMap<&'a str, Kind>,
    /// All samples, as they came.
    pub samples: Vec<Sample<'a>>,
}

/// The kind of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, until its service starts anew.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counters by size: `_bucket`, `_sum`, `_count`.
    Histogram,
    /// Percentiles as the service has counted them.
    Summary,
    /// Nobody has said.
    Untyped,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// With the ending of a histogram's parts.
    pub name: &'a str,
    /// In their order.
    pub labels: Vec<(&'a str, Cow<'a, str>)>,
    /// What it is.
    pub value: Value,
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// In millionths; what is smaller is cut off.
    Millionths(i128),
    /// `+Inf`.
    Infinite,
    /// `-Inf`.
    BelowAll,
    /// `NaN`.
    NotANumber,
}

/// Why a text is none of the format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Malformed {
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

// === impl Exposition ===

impl<'a> Exposition<'a> {
    /// Reads a whole answer.
    ///
    /// # Errors
    /// When a line is neither a comment nor a sample.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut all = Self::default();
        for (line, content) in (1..).zip(text.lines()) {
            all.line(content).map_err(|what| Malformed { line, what })?;
        }
        Ok(all)
    }

    fn line(&mut self, line: &'a str) -> Result<(), String> {
        if let Some(comment) = line.strip_prefix('#') {
            return self.comment(comment.trim_start());
        }
        if !line.trim().is_empty() {
            self.samples.push(Sample::parse(line)?);
        }
        Ok(())
    }

    fn comment(&mut self, comment: &'a str) -> Result<(), String> {
        let Some(declared) = comment.strip_prefix("TYPE ") else { return Ok(()) };
        let (name, kind) = declared.trim().split_once(' ').ok_or("TYPE names no kind")?;
        let kind = Kind::parse(kind.trim()).ok_or_else(|| format!("`{kind}` is no kind of a family"))?;
        match self.kinds.insert(name, kind) {
            Some(_) => Err(format!("{name} has a kind already")),
            None => Ok(()),
        }
    }
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "counter" => Some(Self::Counter),
            "gauge" => Some(Self::Gauge),
            "histogram" => Some(Self::Histogram),
            "summary" => Some(Self::Summary),
            "untyped" => Some(Self::Untyped),
            _ => None,
        }
    }
}

// === impl Sample ===

impl<'a> Sample<'a> {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| *label == name).map(|(_, value)| &**value)
    }

    fn parse(line: &'a str) -> Result<Self, String> {
        let (name, mut rest) = word(line, ":");
        if name.is_empty() {
            return Err(format!("`{line}` begins with no name"));
        }
        let mut labels = Vec::new();
        if let Some(inner) = rest.strip_prefix('{') {
            rest = Self::labels(inner, &mut labels)?;
        }
        let mut words = rest.split_ascii_whitespace();
        let value = words.next().ok_or_else(|| format!("{name} has no value"))?;
        let value = value.parse().map_err(|NoValue| format!("`{value}` of {name} is no value"))?;
        if let Some(time) = words.next()
            && time.parse::<i64>().is_err()
        {
            return Err(format!("`{time}` behind the value of {name} is no time"));
        }
        match words.next() {
            Some(more) => Err(format!("`{more}` behind the value of {name} is too much")),
            None => Ok(Self { name, labels, value }),
        }
    }

    /// Reads labels up to the closing brace, and returns what is behind it.
    fn labels(mut rest: &'a str, labels: &mut Vec<(&'a str, Cow<'a, str>)>) -> Result<&'a str, String> {
        loop {
            rest = rest.trim_start();
            if let Some(behind) = rest.strip_prefix('}') {
                return Ok(behind);
            }
            let (name, behind) = word(rest, "");
            let quoted = behind.trim_start().strip_prefix('=').and_then(|behind| behind.trim_start().strip_prefix('"'));
            let quoted = quoted.filter(|_| !name.is_empty()).ok_or_else(|| format!("`{rest}` begins with no label"))?;
            let (value, behind) =
                unquoted(quoted).ok_or_else(|| format!("the text of label {name} does not end well"))?;
            if labels.iter().any(|(other, _)| *other == name) {
                return Err(format!("label {name} comes twice"));
            }
            labels.push((name, value));
            rest = behind.trim_start();
            match rest.strip_prefix(',') {
                Some(behind) => rest = behind,
                None if rest.starts_with('}') => {}
                None => return Err(format!("label {name} is followed by neither a comma nor a brace")),
            }
        }
    }
}

/// A name at the beginning of a text, and what is behind it.
fn word<'a>(text: &'a str, beside: &str) -> (&'a str, &'a str) {
    let of_name = |at: usize, letter: char| {
        letter.is_ascii_alphabetic() || letter == '_' || beside.contains(letter) || (at > 0 && letter.is_ascii_digit())
    };
    let end = text.char_indices().find(|(at, letter)| !of_name(*at, *letter)).map_or(text.len(), |(at, _)| at);
    text.split_at(end)
}

/// A text up to its closing quote, and what is behind that.
fn unquoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut letters = text.char_indices();
    let mut owned: Option<String> = None;
    while let Some((at, letter)) = letters.next() {
        let read = match letter {
            '"' => {
                let (value, behind) = text.split_at(at);
                let value = owned.map_or(Cow::Borrowed(value), Cow::Owned);
                return Some((value, behind.strip_prefix('"')?));
            }
            '\\' => {
                owned.get_or_insert_with(|| text.split_at(at).0.to_owned());
                match letters.next()?.1 {
                    'n' => '\n',
                    same @ ('\\' | '"') => same,
                    _ => return None,
                }
            }
            letter => letter,
        };
        if let Some(owned) = &mut owned {
            owned.push(read);
        }
    }
    None
}

// === impl Value ===

/// The text is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoValue;

impl Value {
    /// In millionths, where it is a number.
    pub fn millionths(self) -> Option<i128> {
        match self {
            Self::Millionths(value) => Some(value),
            Self::Infinite | Self::BelowAll | Self::NotANumber => None,
        }
    }

    /// Without what is behind the point, where it is a number.
    pub fn whole(self) -> Option<i64> {
        i64::try_from(self.millionths()? / UNIT).ok()
    }

    /// As [`whole`](Self::whole), where it is not below zero.
    pub fn count(self) -> Option<u64> {
        u64::try_from(self.millionths()? / UNIT).ok().filter(|_| self.millionths() >= Some(0))
    }
}

impl FromStr for Value {
    type Err = NoValue;

    fn from_str(text: &str) -> Result<Self, NoValue> {
        match text {
            "+Inf" | "Inf" => return Ok(Self::Infinite),
            "-Inf" => return Ok(Self::BelowAll),
            "NaN" => return Ok(Self::NotANumber),
            _ => {}
        }
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (digits, exponent) = match digits.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().map_err(|_| NoValue)?),
            None => (digits, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let digits = || whole.bytes().chain(fraction.bytes());
        if digits().next().is_none() || !digits().all(|digit| digit.is_ascii_digit()) {
            return Err(NoValue);
        }
        // The value is 0.DIGITS times ten to the power of `point`.
        let point = i32::try_from(whole.len()).map_err(|_| NoValue)?.checked_add(exponent).ok_or(NoValue)?;
        let kept = usize::try_from(point.saturating_add(PLACES)).unwrap_or(0);
        if digits().all(|digit| digit == b'0') {
            return Ok(Self::Millionths(0));
        }
        let zeros = digits().take_while(|digit| *digit == b'0').count();
        if point.saturating_sub(i32::try_from(zeros).unwrap_or(i32::MAX)) > MOST_EXPONENT {
            return Err(NoValue);
        }
        let padded = digits().chain(std::iter::repeat(b'0')).take(kept);
        let value =
            padded.fold(0_i128, |value, digit| value.saturating_mul(10).saturating_add(i128::from(digit - b'0')));
        Ok(Self::Millionths(if negative { -value } else { value }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
