//! Parts of the documentation that tests write and compare.
#![expect(clippy::disallowed_methods, reason = "whether to write is no setting of the SDK")]

use std::env;
use std::fs;

use crate::examples::workspace;

/// Compares a part of `file` with what a test has found out, or writes it there with `UPDATE_SNAPSHOTS=1`. The part stands
/// between `<!-- NAME -->` and `<!-- /NAME -->`; `essence` takes from a line what has to be the same every time.
///
/// # Panics
///
/// When they differ, with both and the remedy, and when the file has no such part.
pub fn documented(file: &str, name: &str, found: &str, essence: impl Fn(&str) -> String) {
    let path = workspace().join(file);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => panic!("cannot read {file}: {error}"),
    };
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
    let parts = text
        .split_once(&begin)
        .and_then(|(before, rest)| rest.split_once(&end).map(|(part, after)| (before, part, after)));
    let Some((before, part, after)) = parts else { panic!("{file} has no part `{name}`") };
    let found = format!("\n{}\n\n", found.trim());
    if env::var_os("UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        if let Err(error) = fs::write(&path, format!("{before}{begin}{found}{end}{after}")) {
            panic!("cannot write {file}: {error}");
        }
        return;
    }
    let lines = |text: &str| text.lines().map(&essence).collect::<Vec<_>>();
    assert!(
        lines(part) == lines(&found),
        "{file} has another `{name}`; if what was found is right, UPDATE_SNAPSHOTS=1 writes it:\n{found}\nthere:\n{part}"
    );
}
