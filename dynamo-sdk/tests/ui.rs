//! What the macros say when something is wrong: each file in `ui/fail` is one mistake, and the `.stderr` beside it is what
//! the person who made it reads. What compiles is in `tests/consumers`, where lints see it too.
//!
//! `TRYBUILD=overwrite cargo nextest run --workspace --all-features -E "binary(ui)"` writes the `.stderr` files anew; a change of one is reviewed
//! like code. Paths of types in them depend on the features, so that they are those of all features. They hold the words of the oldest supported compiler. It prints lines of the standard library where the
//! component `rust-src` is installed and none where it is not, so no case may show a `-->` into it.
#![cfg(feature = "full")]

#[test]
fn a_mistake_is_told_in_the_words_of_its_code() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}
