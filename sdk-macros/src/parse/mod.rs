//! Tokens → [model](crate::model). Every file reads one construct, and gathers what it cannot read.

pub(crate) mod api;
pub(crate) mod argument;
pub(crate) mod operation;
pub(crate) mod path;
pub(crate) mod words;
