//! The real Dynamo as a peer, through its Python package.
#![expect(clippy::disallowed_methods, reason = "where the peer is installed is no setting of the SDK")]

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::examples::{target_dir, workspace};
use crate::process::Program;

/// The version whose wire format we speak. Another one is chosen with `DYNAMO_SDK_INTEROP_VERSION`.
const VERSION: &str = "1.6.1";
const CHECK: &str = "import importlib.metadata as m, uvloop; print(m.version('ai-dynamo-runtime'))";
const SKIP: &str = "or set DYNAMO_SDK_SKIP_INTEROP=1 to skip the tests with the real Dynamo";

/// A Python with the real Dynamo.
#[derive(Clone, Debug)]
pub struct Python {
    python: PathBuf,
    scripts: Option<PathBuf>,
    version: String,
}

impl Python {
    /// Finds Python, or says that the test is skipped and returns `None`.
    ///
    /// Python is `DYNAMO_PYTHON`, or what `scripts/setup.sh` has installed.
    ///
    /// # Panics
    ///
    /// When it is missing and skipping was not asked for with `DYNAMO_SDK_SKIP_INTEROP=1`.
    #[expect(clippy::print_stderr, reason = "a skipped test must not look like one that passed")]
    pub fn find() -> Option<Self> {
        if env::var_os("DYNAMO_SDK_SKIP_INTEROP").is_some_and(|value| value == "1") {
            eprintln!("SKIPPED: DYNAMO_SDK_SKIP_INTEROP=1, nothing was tested with the real Dynamo");
            return None;
        }
        let python = env::var_os("DYNAMO_PYTHON").map_or_else(installed, PathBuf::from);
        let version = env::var("DYNAMO_SDK_INTEROP_VERSION").unwrap_or_else(|_| VERSION.to_owned());
        let found = Self { python, scripts: None, version };
        found.check_version();
        Some(found)
    }

    /// The same for tests with interop scripts that are not part of this repository: in `DYNAMO_INTEROP_DIR`, or in
    /// `shared/interop` beside the workspace. Without both, says that the test is skipped.
    ///
    /// # Panics
    ///
    /// As [`find`](Self::find).
    #[expect(clippy::print_stderr, reason = "a skipped test must not look like one that passed")]
    pub fn find_with_scripts() -> Option<Self> {
        let beside = workspace().join("../shared/interop");
        let scripts = match env::var_os("DYNAMO_INTEROP_DIR") {
            Some(directory) => PathBuf::from(directory),
            None if beside.is_dir() => beside,
            None => {
                eprintln!(
                    "SKIPPED: no DYNAMO_INTEROP_DIR; the programs of this repository are in tests/peers"
                );
                return None;
            }
        };
        Some(Self { scripts: Some(scripts), ..Self::find()? })
    }

    /// The version of the package.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The program of the matrix: both sides, with every kind of call.
    pub fn peer(&self) -> Program {
        self.own("peer.py")
    }

    /// A caller with a plan.
    pub fn caller(&self) -> Program {
        self.own("caller.py")
    }

    /// A publisher or a subscriber of events.
    pub fn events(&self) -> Program {
        self.own("events.py")
    }

    /// The same on plain ZMQ sockets, without Dynamo.
    ///
    /// # Panics
    ///
    /// When Python has no such sockets, with what installs them.
    pub fn plain_events(&self) -> Program {
        let modules = Command::new(&self.python).args(["-c", "import zmq, msgpack"]).output();
        let python = self.python.display();
        assert!(
            modules.is_ok_and(|output| output.status.success()),
            "{python} has no pyzmq and msgpack; run scripts/setup.sh, or install them where DYNAMO_PYTHON is, {SKIP}"
        );
        self.own("plain_events.py")
    }

    /// A program of this repository.
    fn own(&self, name: &str) -> Program {
        let file = workspace().join("tests/peers").join(name);
        Program::new(&self.python).arg(file).env("PYTHONUNBUFFERED", "1")
    }

    /// A script of the peer, such as `worker.py` or `client.py`.
    ///
    /// # Panics
    ///
    /// When it is missing, or this was not found with its scripts.
    pub fn script(&self, name: &str) -> Program {
        let Some(scripts) = &self.scripts else { panic!("found without scripts, and asked for {name}") };
        let file = scripts.join(name);
        assert!(
            file.is_file(),
            "no {}; set DYNAMO_INTEROP_DIR to the interop scripts, {SKIP}",
            file.display()
        );
        Program::new(&self.python).arg(file).env("PYTHONUNBUFFERED", "1")
    }

    fn check_version(&self) {
        let python = self.python.display();
        let remedy = format!("run scripts/setup.sh, or set DYNAMO_PYTHON to a python that has it, {SKIP}");
        let output = match Command::new(&self.python).args(["-c", CHECK]).stdin(Stdio::null()).output() {
            Ok(output) => output,
            Err(error) => panic!("cannot run {python}: {error}; {remedy}"),
        };
        let (version, error) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let (version, error) = (version.trim(), error.lines().last().unwrap_or_default());
        let wanted = &self.version;
        assert!(version == *wanted, "{python} has no Dynamo {wanted} ({version}{error}); {remedy}");
    }
}

/// Where `scripts/setup.sh` installs the peer.
fn installed() -> PathBuf {
    let beside = workspace().join("target/dynamo-venv/bin/python");
    if beside.is_file() { beside } else { target_dir().join("dynamo-venv/bin/python") }
}
