//! Building the examples once, and finding them.
#![expect(clippy::disallowed_methods, reason = "the run id of the test runner is no setting of the SDK")]
#![expect(clippy::unwrap_used, reason = "without its directories the harness cannot work")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{env, io};

use serde_json::Value;

/// Variables that describe the package of a running test.
const PACKAGE: [&str; 5] =
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"];

/// Which features the examples have. Both kinds are kept beside each other: cargo itself has one place for both.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flavour {
    /// What `cargo run --example NAME` runs.
    Default,
    /// With etcd and NATS.
    Full,
}

impl Flavour {
    fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Full => "full",
        }
    }

    /// The whole selection decides on the features of shared dependencies. This one is what was built already: for full
    /// features by the run of all tests, which builds the examples too.
    fn command(self) -> &'static [&'static str] {
        match self {
            Self::Default => &["build", "--examples"],
            Self::Full => &["test", "--no-run", "--workspace", "--all-features"],
        }
    }
}

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// The target directory that this test was built in.
pub(crate) fn target_dir() -> PathBuf {
    // TARGET/PROFILE/deps/TEST
    env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}

/// Builds the examples, unless that was done in this test run, and returns the program of one of them.
pub(crate) fn example(name: &str, flavour: Flavour) -> PathBuf {
    static BUILT: [OnceLock<()>; 2] = [OnceLock::new(), OnceLock::new()];
    let directory = target_dir().join("test-examples").join(flavour.name());
    BUILT[flavour as usize].get_or_init(|| build_once(&directory, flavour));
    let file = directory.join(name);
    assert!(file.is_file(), "there is no example `{name}`");
    file
}

/// Tests may be processes of one run, so a lock and a file with the id of the run tell whether the work is done.
fn build_once(directory: &Path, flavour: Flavour) {
    fs::create_dir_all(directory).unwrap();
    // One lock for both, because cargo has one place for the programs of both.
    let lock = File::create(directory.with_file_name("lock")).unwrap();
    lock.lock().unwrap();
    let run = env::var("NEXTEST_RUN_ID").ok();
    let stamp = directory.join(".run");
    if run.is_some() && fs::read_to_string(&stamp).ok() == run {
        return;
    }
    for program in build(flavour) {
        let link = directory.join(program.file_name().unwrap());
        fs::remove_file(&link).or_else(not_found_is_fine).unwrap();
        fs::hard_link(&program, &link).or_else(|_| fs::copy(&program, &link).map(drop)).unwrap();
    }
    if let Some(run) = run {
        fs::write(stamp, run).unwrap();
    }
}

fn not_found_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Builds and returns the programs.
fn build(flavour: Flavour) -> Vec<PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo tells a test about itself would be news to build scripts that watch these, and make them run again.
    for (name, _) in env::vars_os() {
        if PACKAGE.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes())) {
            cargo.env_remove(name);
        }
    }
    cargo.current_dir(workspace()).args(flavour.command());
    cargo.arg("--message-format=json-render-diagnostics").arg("--target-dir").arg(target_dir());
    if env::current_exe().unwrap().ancestors().nth(2).is_some_and(|profile| profile.ends_with("release")) {
        cargo.arg("--release");
    }
    let output = cargo.stdin(Stdio::null()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the examples do not build:\n{errors}");
    let messages = String::from_utf8_lossy(&output.stdout);
    messages.lines().filter_map(|line| program_of(&serde_json::from_str(line).ok()?)).collect()
}

fn program_of(message: &Value) -> Option<PathBuf> {
    let is_example = message["target"]["kind"][0] == "example";
    is_example.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
}
