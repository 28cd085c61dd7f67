//! Runtimes that reach each other, in every setup that a scenario runs in, with a component to call and its journal.
//!
//! - [`World`] is where runtimes of one [`Setup`] meet; [`suite!`] runs a list of scenarios in all of them.
//! - [`Bench`] is a world with one worker that serves a [`Lab`] and one caller.
//! - [`in_flight`], [`pending`] and [`tasks`] read what a runtime reports of itself.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]
#![expect(missing_docs, missing_debug_implementations, reason = "the scenarios are its only users")]

mod bench;
mod gauge;
mod lab;
mod suite;
mod world;

pub use bench::Bench;
pub use gauge::{in_flight, pending, tasks};
pub use lab::{
    BYE, Journal, Lab, LabClient, Picky, Plan, Present, Reach, Say, Seen, Then, plan, typed_error,
};
pub use world::{Setup, Tune, World};
