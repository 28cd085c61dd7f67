//! Components with several `#[endpoints]` blocks, and what the compiler checks between the blocks.
//!
//! Two blocks share only the name of a part, and need no type in scope: the part is identified by the hash
//! of its name, a const parameter. Const parameters of type `&str` are not stable.

use crate::address::names::MAX_NAME_LEN;
use crate::component::mount::{Component, Mount};

/// Hashes the name of a part.
#[must_use]
pub const fn part(name: &str) -> u64 {
    // FNV-1a.
    let (bytes, mut at, mut hash) = (name.as_bytes(), 0, 0xcbf2_9ce4_8422_2325);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// A block of endpoints besides the main one. `#[endpoints(part = …)]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no part of this name",
    label = "no `impl` block of the component says that it is this part",
    note = "write `#[endpoints(part = …)]` with this name on an `impl` block, or remove it from the list"
)]
pub trait Part<const NAME: u64>: Lists<NAME> + Sized {
    /// The names of its endpoints.
    const NAMES: &'static [&'static str];

    /// Lists the endpoints. Generated.
    fn mount(list: &mut Mount<Self>)
    where
        Self: Component;
}

/// A component whose main block lists a part. `#[endpoints(parts(…))]` implements it.
#[diagnostic::on_unimplemented(
    message = "the main block of `{Self}` does not list this part",
    label = "nobody would serve these endpoints",
    note = "add the name of this part to the main block: `#[endpoints(parts(…))]`",
    note = "if it is there, the two blocks differ in the bounds of their parameters"
)]
pub trait Lists<const NAME: u64> {}

/// Fails to compile if two blocks define the same endpoint name.
///
/// # Panics
/// If two blocks define the same endpoint name.
#[track_caller]
pub const fn distinct(blocks: &[&[&str]]) {
    let mut block = 0;
    while block < blocks.len() {
        let mut at = 0;
        while at < blocks[block].len() {
            let mut other = block + 1;
            while other < blocks.len() {
                if contains(blocks[other], blocks[block][at]) {
                    clash(blocks[block][at]);
                }
                other += 1;
            }
            at += 1;
        }
        block += 1;
    }
}

/// Panics with the name of the endpoint. Constants cannot use formatting.
#[track_caller]
const fn clash(name: &str) -> ! {
    const BEGIN: &str = "two blocks have an endpoint `";
    let (mut text, mut len) = ([0; BEGIN.len() + MAX_NAME_LEN + 1], 0);
    let parts = [BEGIN.as_bytes(), name.as_bytes(), b"`"];
    let mut part = 0;
    while part < parts.len() {
        let mut at = 0;
        while at < parts[part].len() && len < text.len() {
            text[len] = parts[part][at];
            len += 1;
            at += 1;
        }
        part += 1;
    }
    match std::str::from_utf8(text.split_at(len).0) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("two blocks define the same endpoint name"),
    }
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if equal(names[at].as_bytes(), name.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_names_may_stand_in_any_blocks() {
        distinct(&[&["say", "says"], &[], &["tell"]]);
    }

    #[test]
    #[should_panic(expected = "two blocks have an endpoint `say`")]
    fn one_name_in_two_blocks_is_an_error() {
        distinct(&[&["tell", "say"], &["stop"], &["say"]]);
    }
}
