//! Processor time of a process, by the system's count. It is in `/proc`, which only Linux has.

use std::{fs, time::Duration};

use serde::Serialize;

use super::Outcome;

/// What a process, its threads included, has spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Processor {
    /// In its own code.
    pub user: Duration,
    /// In the system's, on its behalf.
    pub system: Duration,
}

/// The unit of the counts, a hundredth of a second on every Linux (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

impl Processor {
    /// Of a process by its number, or of `self`.
    ///
    /// # Errors
    /// When there is no such process, or no `/proc`.
    pub fn of(process: &str) -> Outcome<Self> {
        let path = format!("/proc/{process}/stat");
        let text = fs::read_to_string(&path).map_err(|cause| format!("{path}: {cause}; the figures need Linux"))?;
        Self::read(&text).ok_or_else(|| format!("{path} holds no processor times").into())
    }

    /// The two counts stand behind the name, which may hold anything but ends with the last bracket.
    fn read(stat: &str) -> Option<Self> {
        const USER: usize = 11;
        let mut counts = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(USER).map(str::parse::<u32>);
        let [user, system] = [counts.next()?.ok()?, counts.next()?.ok()?];
        Some(Self { user: TICK * user, system: TICK * system })
    }

    /// What was spent since.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self { user: self.user.saturating_sub(before.user), system: self.system.saturating_sub(before.system) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Processor;

    #[test]
    fn a_name_with_blanks_and_brackets_does_not_move_the_counts() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194304 90 0 1 0 250 75 0 0 20 0 3 0 100 1 2";
        let spent = Processor { user: Duration::from_millis(2_500), system: Duration::from_millis(750) };
        assert_eq!(Processor::read(stat), Some(spent));
        assert_eq!(Processor::read("42 (a) S"), None);
    }
}
