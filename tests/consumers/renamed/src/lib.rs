//! A user of the SDK who calls it something else, and who has taken every name that generated code could lean on.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, clippy::pedantic)]

#[cfg(test)]
mod arguments;
#[cfg(test)]
mod items;
