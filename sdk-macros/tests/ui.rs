//! Every mistake in a declaration, one file each: what the compiler says must point at the word and name the fix.
//!
//! `TRYBUILD=overwrite cargo test -p payment-clients-macros --test ui` writes the expectations anew.

#[test]
fn mistakes_are_told_where_they_are_made() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
