//! What all servers share: a directory, a log, a process, and the wait until it is ready.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::child::{Owned, clean};
use crate::examples::target_dir;
use crate::wait::POLL;

/// How long a server may take until it answers. Long, because all cores may be busy with other tests.
const READY: Duration = Duration::from_secs(20);
/// How many lines of its log a server shows when the test fails.
const TAIL: usize = 40;

/// How a start went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// The server answers.
    Ready,
    /// The server ended, because somebody else has its port.
    AddressInUse,
}

#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    dir: TempDir,
    child: Option<Owned>,
}

impl Server {
    pub(crate) fn new(name: &'static str) -> Self {
        match tempfile::Builder::new().prefix("dynamo-tests-").tempdir() {
            Ok(dir) => Self { name, dir, child: None },
            Err(error) => panic!("no temporary directory for {name}: {error}"),
        }
    }

    /// The directory of this server, removed with it.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The running process.
    pub(crate) fn child(&mut self) -> &mut Owned {
        match &mut self.child {
            Some(child) => child,
            None => panic!("{} is not running", self.name),
        }
    }

    /// Starts the server and returns when `ready`, which is given the number of the process, says so.
    pub(crate) async fn start(&mut self, mut command: Command, ready: impl AsyncFn(i32) -> bool) -> Start {
        assert!(self.child.is_none(), "{} is running already", self.name);
        let skip = self.log().len();
        let child = self.spawn(&mut command);
        let pid = child.pid().map_or(0, |pid| pid.as_raw_pid());
        let child = self.child.insert(child);
        let deadline = Instant::now() + READY;
        loop {
            if let Some(status) = child.exited() {
                self.child = None;
                if self.log().get(skip..).is_some_and(|log| log.contains("address already in use")) {
                    return Start::AddressInUse;
                }
                panic!("{} ended ({status}) before it was ready", self.name);
            }
            if ready(pid).await {
                return Start::Ready;
            }
            assert!(Instant::now() < deadline, "{} was not ready within {READY:?}", self.name);
            sleep(POLL).await;
        }
    }

    fn spawn(&self, command: &mut Command) -> Owned {
        clean(command);
        let spawned = OpenOptions::new().create(true).append(true).open(self.log_file()).and_then(|log| {
            command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
            Owned::spawn(command)
        });
        match spawned {
            Ok(child) => child,
            Err(error) => panic!("cannot start {}: {error}", self.name),
        }
    }

    /// Ends the server in good order.
    pub(crate) async fn stop(&mut self) {
        self.child().stop().await;
        self.child = None;
    }

    /// Ends the server without a chance to clean up.
    pub(crate) async fn kill(&mut self) {
        self.child().kill().await;
        self.child = None;
    }

    fn log_file(&self) -> PathBuf {
        self.dir().join("log")
    }

    fn log(&self) -> String {
        fs::read(self.log_file()).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    // The directory is not kept: the data of an etcd takes 64 MB at least.
    fn keep_log(&self) -> io::Result<PathBuf> {
        let directory = target_dir().join("test-logs");
        fs::create_dir_all(&directory)?;
        let unique = self.dir().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let kept = directory.join(format!("{}-{unique}.log", self.name));
        fs::copy(self.log_file(), &kept)?;
        Ok(kept)
    }
}

impl Drop for Server {
    #[expect(clippy::print_stderr, reason = "the test runner shows it with the failed test")]
    fn drop(&mut self) {
        self.child = None;
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            eprintln!("--- last lines of the log of {} ---", self.name);
            for line in lines.iter().skip(lines.len().saturating_sub(TAIL)) {
                eprintln!("{line}");
            }
            match self.keep_log() {
                Ok(file) => eprintln!("--- the whole log is in {} ---", file.display()),
                Err(error) => eprintln!("--- the log could not be kept: {error} ---"),
            }
        }
    }
}
