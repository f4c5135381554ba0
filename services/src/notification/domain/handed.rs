//! What came of handing a message to whoever carries it. That nobody knows is not that it failed.

use payment_clients::contract::error::{Error, ErrorKind};

/// Most characters of what a carrier says that are kept.
const KEPT: usize = 1024;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// It was taken; the carrier's number of it.
    Taken(String),
    /// It was not taken, and may be the next time.
    NotTaken(String),
    /// It was refused, and would be again.
    Refused(String),
    /// It may have been taken. Who hands it over again may send it twice.
    Unknown(String),
}

impl Handed {
    /// Taken, under this number.
    pub fn taken(number: &str) -> Self {
        Self::Taken(kept(number))
    }

    /// Not taken this time.
    pub fn not_taken(why: impl ToString) -> Self {
        Self::NotTaken(kept(&why.to_string()))
    }

    /// Refused for good.
    pub fn refused(why: impl ToString) -> Self {
        Self::Refused(kept(&why.to_string()))
    }

    /// Perhaps taken.
    pub fn unknown(why: impl ToString) -> Self {
        Self::Unknown(kept(&why.to_string()))
    }
}

/// Of a call that has failed. What is wrong with our account, such as its key, is put right by somebody, so the message
/// waits for that.
impl From<Error> for Handed {
    fn from(error: Error) -> Self {
        match error.kind() {
            _ if error.certainty().is_indeterminate() => Self::unknown(error),
            ErrorKind::InvalidRequest | ErrorKind::InvalidInput | ErrorKind::Declined => Self::refused(error),
            _ => Self::not_taken(error),
        }
    }
}

/// A text from outside, as it is kept: not too long, and on one line.
fn kept(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use payment_clients::contract::{certainty::Certainty, error::Error};

    use super::{ErrorKind, Handed};

    #[test]
    fn what_may_have_happened_is_unknown_whatever_the_kind_and_a_wrong_key_is_no_refusal_of_the_message() {
        let handed = |kind, certainty| Handed::from(Error::new(kind, certainty, "why"));
        for kind in [ErrorKind::Timeout, ErrorKind::Internal, ErrorKind::Unreadable, ErrorKind::Declined] {
            assert!(matches!(handed(kind, Certainty::PossiblyProcessed), Handed::Unknown(_)), "{kind:?}");
        }
        assert!(matches!(handed(ErrorKind::InvalidInput, Certainty::Processed), Handed::Refused(_)));
        for kind in [ErrorKind::Unauthenticated, ErrorKind::Forbidden, ErrorKind::NotFound] {
            assert!(matches!(handed(kind, Certainty::Processed), Handed::NotTaken(_)), "{kind:?}");
        }
        assert!(matches!(handed(ErrorKind::Unreachable, Certainty::NotSent), Handed::NotTaken(_)));
    }

    #[test]
    fn what_a_carrier_says_is_kept_short_and_on_one_line() {
        assert_eq!(Handed::refused("550 no\r\nsuch\0user"), Handed::Refused("550 nosuchuser".to_owned()));
        let Handed::Taken(number) = Handed::taken(&"x".repeat(9999)) else { return };
        assert_eq!(number.len(), 1024);
    }
}
