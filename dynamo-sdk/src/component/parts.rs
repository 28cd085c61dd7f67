//! Several `#[endpoints]` blocks of one component, and what the compiler checks between them.

use super::mount::{Component, Mount};

/// The name of a part as a number, which a trait can have as a parameter.
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

/// A block of endpoints beside the main one. `#[endpoints(part = …)]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no part of this name",
    label = "no `impl` block of the component says that it is this part",
    note = "write `#[endpoints(part = …)]` with this name on an `impl` block, or remove it from the list"
)]
pub trait Part<const NAME: u64>: Lists<NAME> + Sized {
    /// What its endpoints are called.
    const NAMES: &'static [&'static str];

    /// Lists the endpoints. Generated.
    fn mount(endpoints: &mut Mount<Self>)
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

/// Fails to compile if two blocks have an endpoint of one name.
///
/// # Panics
/// In that case.
pub const fn distinct(blocks: &[&[&str]]) {
    let mut block = 0;
    while block < blocks.len() {
        let mut at = 0;
        while at < blocks[block].len() {
            let mut other = block + 1;
            while other < blocks.len() {
                assert!(
                    !contains(blocks[other], blocks[block][at]),
                    "two blocks have an endpoint of one name"
                );
                other += 1;
            }
            at += 1;
        }
        block += 1;
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
