//! Which terms there may be, which of them hold, and what they come to. Pure.

pub mod channels;
pub mod fees;
pub mod limits;
pub mod terms;
