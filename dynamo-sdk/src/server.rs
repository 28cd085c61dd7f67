//! ROOM server.rs

pub(crate) mod health;
pub(crate) mod serve;
pub(crate) mod status;
