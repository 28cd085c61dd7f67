//! What the user wrote, kept as tokens. Answers questions and judges nothing.

pub(crate) mod attributes;
pub(crate) mod docs;
pub(crate) mod impl_block;
pub(crate) mod item;
pub(crate) mod member;
pub(crate) mod tokens;
pub(crate) mod trait_block;
pub(crate) mod types;
