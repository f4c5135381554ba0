//! Where addresses are, and which of the providers answers for them. Pure: by networks that are reserved for examples,
//! so that a test says what it wants and nothing has to be set up.

use std::net::IpAddr;

/// What the providers do about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Both know its country.
    Known(&'static str),
    /// `192.0.2.0` to `.127`: the first is down, the second knows its country.
    FirstDown(&'static str),
    /// `192.0.2.128` to `.255`: both are down.
    BothDown,
    /// Any other: both answer, and know nothing.
    Unknown,
}

impl Behaviour {
    /// The behaviour about an address.
    pub fn about(ip: IpAddr) -> Self {
        let IpAddr::V4(ip) = ip else { return Self::Unknown };
        match ip.octets() {
            [203, 0, 113, _] => Self::Known("FR"),
            [198, 51, 100, _] => Self::Known("US"),
            [192, 0, 2, 0..=127] => Self::FirstDown("JP"),
            [192, 0, 2, _] => Self::BothDown,
            _ => Self::Unknown,
        }
    }
}
