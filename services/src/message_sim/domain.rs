//! How a provider behaves towards those whom messages are for. Pure.

/// How a provider behaves, chosen by the part of an address before the `@`, or by a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes the message and answers its number of it.
    #[default]
    Takes,
    /// `refused@`, `+15005550001`: says that nobody is to be reached there.
    Refuses,
    /// `busy@`, `+15005550002`: has no time, and takes nothing.
    Busy,
    /// `lose_answer@`, `+15005550003`: takes the message, and something on the way loses the answer.
    LosesAnswer,
}

impl Behaviour {
    /// The behaviour towards addresses: that of the first which asks for any.
    pub fn towards_addresses(addresses: &str) -> Self {
        let one = |address: &str| match address.trim().split('@').next() {
            Some("refused") => Self::Refuses,
            Some("busy") => Self::Busy,
            Some("lose_answer") => Self::LosesAnswer,
            _ => Self::Takes,
        };
        addresses.split(',').map(one).find(|behaviour| *behaviour != Self::Takes).unwrap_or_default()
    }

    /// The behaviour towards a number. The first of them is Twilio's own for tests.
    pub fn towards_number(number: &str) -> Self {
        match number {
            "+15005550001" => Self::Refuses,
            "+15005550002" => Self::Busy,
            "+15005550003" => Self::LosesAnswer,
            _ => Self::Takes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Behaviour;

    #[test]
    fn one_address_among_many_is_enough() {
        assert_eq!(Behaviour::towards_addresses("ada@example.com,busy@example.com"), Behaviour::Busy);
        assert_eq!(Behaviour::towards_addresses("ada@example.com"), Behaviour::Takes);
        assert_eq!(Behaviour::towards_number("+15005550003"), Behaviour::LosesAnswer);
    }
}
