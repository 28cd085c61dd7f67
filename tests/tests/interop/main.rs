//! The real Dynamo as the other side.

mod events;
mod harness;
mod manners;
mod matrix;
mod peers_both_ways;
