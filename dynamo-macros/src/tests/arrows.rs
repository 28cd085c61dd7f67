//! The rooms of this crate and the direction of their arrows.

use std::path::Path;

use self::graph::{Arrow, arrows, circles};

mod graph;

/// The rooms from the bottom to the top. A room uses itself and lower ones.
const ROOMS: &[&str] =
    &["errors", "names", "syntax", "model", "attr", "read", "check", "expand", "driver", "lib"];

/// More files than this in one circle are an error.
const LARGEST_CIRCLE: usize = 2;

#[test]
fn arrows_point_downwards() {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let found = arrows(&files);
    assert!(found.len() > 100, "only {} arrows: the sources were not read", found.len());
    let upward = upward(&found);
    assert!(upward.is_empty(), "these files use a higher room: {upward:#?}");
    let circles: Vec<_> = circles(&found).into_iter().filter(|files| files.len() > LARGEST_CIRCLE).collect();
    assert!(circles.is_empty(), "these files use each other in a circle: {circles:#?}");
}

#[test]
fn expand_and_check_do_not_use_read() {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    for Arrow { from, to } in arrows(&files) {
        let allowed = match room(&from) {
            "model" => room(&to) == "model",
            "expand" => ["expand", "model", "syntax"].contains(&room(&to)),
            "check" => ["check", "model", "syntax", "errors"].contains(&room(&to)),
            _ => true,
        };
        assert!(allowed, "{from} uses {to}");
    }
}

#[test]
fn an_arrow_that_is_turned_is_found() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let turned = [
        file("model/endpoint.rs", "use crate::read::endpoint;"),
        file("read/endpoint.rs", "use crate::{errors, model::endpoint::Endpoint};"),
        file("errors.rs", ""),
    ];
    let found = arrows(&turned);
    assert_eq!(found.len(), 3, "{found:?}");
    let upward = upward(&found);
    assert!(matches!(&upward[..], [arrow] if arrow.from == "model/endpoint.rs"), "{upward:?}");
    let round = [
        file("read.rs", "mod one; mod two; mod three; fn f() { one::go() }"),
        file("read/one.rs", "use super::two; mod tests { use crate::driver; }"),
        file("read/two.rs", "fn g() { crate::read::three::go(\"crate::read::one\") } // crate::driver"),
        file("read/three.rs", "use super::{one::go, super::errors};"),
        file("errors.rs", ""),
        file("driver.rs", ""),
    ];
    assert_eq!(circles(&arrows(&round)), [["read/one.rs", "read/three.rs", "read/two.rs"]]);
}

/// The arrows to higher rooms.
fn upward(arrows: &[Arrow]) -> Vec<&Arrow> {
    arrows.iter().filter(|arrow| rank(&arrow.from) < rank(&arrow.to)).collect()
}

fn rank(file: &str) -> usize {
    let room = room(file);
    ROOMS.iter().position(|known| *known == room).unwrap_or_else(|| panic!("`{room}` is not a listed room"))
}

/// The room of a file: its folder, or its name at the root.
fn room(file: &str) -> &str {
    file.split_once('/').map_or_else(|| file.trim_end_matches(".rs"), |(room, _)| room)
}

/// The paths below `root` and the texts of all sources, without the tests.
fn sources(root: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("below the root").display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with("tests") && name.ends_with(".rs") {
                files.push((name, std::fs::read_to_string(path).expect("the file can be read")));
            }
        }
    }
    files
}
