//! What a user can write, kept as text, so that a change of it shows in review.

use std::fs;

use dynamo_house::{surface, workspace};

use crate::sdk;

#[expect(
    clippy::disallowed_methods,
    reason = "the variable asks a test to write its snapshot, and is no setting"
)]
fn is_update() -> bool {
    std::env::var_os("UPDATE_SNAPSHOTS").is_some()
}

#[test]
fn the_public_surface_is_the_one_that_was_reviewed() {
    let now = surface(&sdk(), "dynamo_sdk").join("\n") + "\n";
    let file = workspace().join("docs/public-api.txt");
    let reviewed = fs::read_to_string(&file).unwrap_or_default();
    if reviewed == now {
        return;
    }
    if is_update() {
        fs::write(&file, now).unwrap();
        return;
    }
    let missing = reviewed.lines().filter(|line| !now.lines().any(|other| other == *line));
    let added = now.lines().filter(|line| !reviewed.lines().any(|other| other == *line));
    let diff: Vec<String> =
        missing.map(|line| format!("- {line}")).chain(added.map(|line| format!("+ {line}"))).collect();
    panic!(
        "the public surface has changed; if that is meant, run UPDATE_SNAPSHOTS=1 cargo test -p dynamo-house:\n{}",
        diff.join("\n")
    );
}

fn names_of(list: &str) -> usize {
    let sources = workspace().join("dynamo-sdk/src");
    let text = fs::read_to_string(sources.join(list)).unwrap();
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let uses = code.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    uses.map(|tree| tree.split(',').filter(|name| !name.trim_matches(&[' ', '}'][..]).is_empty()).count())
        .sum()
}

#[test]
fn the_root_and_the_prelude_stay_small() {
    assert!(names_of("lib.rs") <= 30, "{} names at the root", names_of("lib.rs"));
    assert!(names_of("prelude.rs") <= 20, "{} names in the prelude", names_of("prelude.rs"));
}
