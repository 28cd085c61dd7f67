//! What the user wrote, as syn and tokens show it.

pub(crate) mod attributes;
pub(crate) mod impl_block;
pub(crate) mod trait_block;
