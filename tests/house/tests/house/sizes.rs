//! Files that can be read in one sitting.

use dynamo_house::Krate;

use crate::{macros, sdk};

/// The longest file, and the longest that half of the files may be, in lines with their tests.
const LONGEST: usize = 400;
const MEDIAN: usize = 150;

#[test]
fn files_are_short() {
    let (sdk, macros) = (sdk(), macros());
    let lines = |krate: &Krate| -> Vec<(usize, String)> {
        krate.modules.values().map(|module| (module.lines, module.file.display().to_string())).collect()
    };
    let mut all = [lines(&sdk), lines(&macros)].concat();
    all.sort();
    let long: Vec<_> = all.iter().filter(|(lines, _)| *lines > LONGEST).collect();
    assert!(long.is_empty(), "files of more than {LONGEST} lines: {long:?}");
    let median = all[all.len() / 2].0;
    assert!(median <= MEDIAN, "the median file has {median} lines, more than {MEDIAN}");
}
