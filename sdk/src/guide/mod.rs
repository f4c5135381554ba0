//! The guide: from the first call to a service that has replaced its hand-written clients. Text only, with examples that
//! are compiled.
//!
//! | chapter | answers |
//! |---|---|
//! | [`concepts`] | What is a call, an attempt, an instance? What does a class promise, and what is a key for? |
//! | [`layers`] | What happens to a call on its way, what can be set, and when would one? |
//! | [`errors`] | What does this error mean, and what may be done about it? |
//! | [`migration`] | How does a hand-written client become one of these, habit by habit? |
//!
//! The [first call](crate#a-first-call) is on the front page. How to test a program that calls is in `mock`, which comes
//! with the feature of that name.

#[doc = include_str!("concepts.md")]
pub mod concepts {}

#[doc = include_str!("layers.md")]
pub mod layers {}

#[doc = include_str!("errors.md")]
pub mod errors {}

#[doc = include_str!("migration.md")]
pub mod migration {}
