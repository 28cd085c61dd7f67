//! What the macros say when something is wrong: each file in `ui/fail` is one mistake, and the `.stderr` beside it is what
//! the person who made it reads. What compiles is in `tests/consumers`, where lints see it too.
//!
//! `TRYBUILD=overwrite cargo nextest run --workspace --all-features -E "binary(ui)"` writes the `.stderr` files anew; a change of one is reviewed
//! like code. Paths of types in them depend on the features, so that they are those of all features. They hold the words of the oldest supported compiler. It prints lines of the standard library where the
//! component `rust-src` is installed and none where it is not, so no case may show a `-->` into it.
#![cfg(feature = "full")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[test]
fn every_mistake_has_its_diagnostic() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}

const BEGIN: &str = "<!-- messages -->\n";
const END: &str = "<!-- /messages -->";

/// The page that lists the messages lists them: `UPDATE_SNAPSHOTS=1` writes it anew, and a change of one is reviewed like code.
#[test]
fn the_page_lists_every_message() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cases: Vec<_> = fs::read_dir(root.join("tests/ui/fail"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "stderr"))
        .collect();
    cases.sort();
    let mut list = String::new();
    for case in &cases {
        let name = case.file_stem().unwrap().to_string_lossy().replace('_', " ");
        writeln!(list, "- **{name}**").unwrap();
        let mut told = Vec::new();
        for line in fs::read_to_string(case).unwrap().lines() {
            let Some(message) = line.strip_prefix("error").and_then(|rest| rest.split_once(": ")) else {
                continue;
            };
            if !told.iter().any(|earlier| earlier == message.1) {
                told.push(message.1.to_owned());
            }
        }
        for message in told {
            writeln!(list, "  - {message}").unwrap();
        }
    }
    let file = root.join("../docs/diagnostics.md");
    let page = fs::read_to_string(&file).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    if option_env!("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&file, format!("{before}{BEGIN}{list}{END}{after}")).unwrap();
    } else {
        assert!(
            shown == list,
            "{} is not what the macros say; write it with UPDATE_SNAPSHOTS=1",
            file.display()
        );
    }
}
