//! Circles of files: groups in which each file needs each other one.

use std::collections::{BTreeMap, BTreeSet};

use crate::arrows::arrows;
use crate::krate::Krate;

/// The circles of more than one file, the largest first. A `pub use` hands a name on and closes no circle.
#[must_use]
pub fn circles(krate: &Krate) -> Vec<Vec<String>> {
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for arrow in arrows(krate).into_iter().filter(|arrow| !arrow.is_re_export) {
        edges.entry(arrow.from).or_default().insert(arrow.to);
    }
    let files: Vec<String> = krate.modules.values().map(|module| module.file.display().to_string()).collect();
    let reach: BTreeMap<&String, BTreeSet<String>> =
        files.iter().map(|file| (file, reachable(file, &edges))).collect();
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for file in &files {
        if seen.contains(file) || !reach[file].contains(file) {
            continue;
        }
        let circle: Vec<String> = files
            .iter()
            .filter(|other| reach[file].contains(*other) && reach[other].contains(file))
            .cloned()
            .collect();
        seen.extend(circle.iter().cloned());
        if circle.len() > 1 {
            found.push(circle);
        }
    }
    found.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    found
}

fn reachable(from: &str, edges: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(file) = open.pop() {
        for next in edges.get(file).into_iter().flatten() {
            if found.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    found
}
