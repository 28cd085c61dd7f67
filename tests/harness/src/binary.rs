//! Finding the programs that the tests start.
#![expect(clippy::disallowed_methods, reason = "the search path is no setting of the SDK")]

use std::env;
use std::path::{Path, PathBuf};

/// Where packages put servers that are not on everybody's search path.
const ELSEWHERE: [&str; 5] =
    ["/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin", "/opt/homebrew/bin"];

/// Returns the path of `program`; panics with the `remedy` when it is not installed.
pub(crate) fn find(program: &str, remedy: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(ELSEWHERE.iter().map(PathBuf::from))
        .map(|directory| directory.join(program))
        .find(|file| is_program(file))
        .unwrap_or_else(|| panic!("`{program}` is not installed; {remedy}, or run scripts/setup.sh"))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_program_is_found() {
        assert!(find("sh", "install a shell").is_absolute());
    }

    #[test]
    #[should_panic(
        expected = "`no-such-server` is not installed; apt-get install it, or run scripts/setup.sh"
    )]
    fn a_missing_program_is_reported_with_the_remedy() {
        find("no-such-server", "apt-get install it");
    }
}
