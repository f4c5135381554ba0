//! Finds a type's schema where it has one: `schema_of!(T)` works for every `T`, so that a declaration does not need
//! `JsonSchema` on types that no document shows.
//!
//! Method lookup does the choosing: `(&Probe::<T>).schema_of()` finds the method of [`Known`] first, which exists when
//! `T` has a schema, and else, one reference further, the one of [`Unknown`].

use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Writes the schema of a type, and of what it is made of into the generator's definitions.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// Stands for a type in the question for its schema.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<fn(&T)>);

impl<T: ?Sized> Probe<T> {
    /// Asks about `T`.
    pub const ASK: Self = Self(PhantomData);
}

/// Types that have a schema.
pub trait Known {
    /// The type's schema.
    fn schema_of(&self) -> SchemaOf;
}

impl<T: JsonSchema + ?Sized> Known for Probe<T> {
    fn schema_of(&self) -> SchemaOf {
        |generator| generator.subschema_for::<T>()
    }
}

/// All types.
pub trait Unknown {
    /// The schema that allows anything.
    fn schema_of(&self) -> SchemaOf;
}

impl<T: ?Sized> Unknown for &Probe<T> {
    fn schema_of(&self) -> SchemaOf {
        |_| true.into()
    }
}

/// The [`SchemaOf`] a type: its own where it has one, else one that allows anything.
#[doc(hidden)]
#[macro_export]
macro_rules! __schema_of {
    ($type:ty) => {{
        #[allow(unused_imports, reason = "one of the two is the answer")]
        use $crate::openapi::probe::{Known as _, Unknown as _};
        (&$crate::openapi::probe::Probe::<$type>::ASK).schema_of()
    }};
}
