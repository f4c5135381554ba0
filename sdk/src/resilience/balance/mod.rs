//! Chooses the instance of an attempt.

pub mod load;
