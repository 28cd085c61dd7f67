//! Tests over several formats: captured traffic of real peers, and arbitrary bytes.

mod fuzz;
mod nats_replay;
mod replay;
mod vectors;
