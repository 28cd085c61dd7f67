//! Programs as child processes: what they print, how they end.
#![expect(clippy::disallowed_methods, reason = "the readers of a program's output end with it")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::child::{Owned, clean};
use crate::examples::{Flavour, example};
use crate::wait::within;

pub use rustix::process::Signal;

/// A program that is not running yet.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    args: Vec<OsString>,
    env: BTreeMap<OsString, OsString>,
    dir: Option<PathBuf>,
}

impl Program {
    /// The program at `path`, or found by its name.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), args: Vec::new(), env: BTreeMap::new(), dir: None }
    }

    /// An example of this workspace as a newcomer builds it. Builds all examples, once per test run.
    pub fn example(name: &str) -> Self {
        Self::new(example(name, Flavour::Default))
    }

    /// An example of this workspace with all features. Builds all examples, once per test run.
    pub fn example_full(name: &str) -> Self {
        Self::new(example(name, Flavour::Full))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Sets a variable of the environment. Settings of the SDK and of the servers are not inherited from the test.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Sets the working directory.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// Starts the program.
    ///
    /// # Panics
    ///
    /// When the system cannot start it.
    pub fn spawn(&self) -> Process {
        let mut command = Command::new(&self.path);
        clean(&mut command);
        command.args(&self.args).envs(&self.env);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        let name = self.name();
        let mut child = match Owned::spawn(&mut command) {
            Ok(child) => child,
            Err(error) => panic!("cannot start {name}: {error}"),
        };
        let output = Arc::new(Output { lines: Mutex::default(), changes: watch::Sender::new(0) });
        let (stdout, stderr) = (child.inner().stdout.take(), child.inner().stderr.take());
        stdout.into_iter().for_each(|pipe| output.capture(Stream::Out, pipe));
        stderr.into_iter().for_each(|pipe| output.capture(Stream::Err, pipe));
        Process { name, child, output }
    }

    /// Runs the program to its end.
    ///
    /// # Panics
    ///
    /// When it has not ended within `limit`.
    pub async fn run(&self, limit: Duration) -> Finished {
        let mut process = self.spawn();
        let status = process.wait(limit).await;
        Finished { status, stdout: process.stdout().join("\n"), stderr: process.stderr().join("\n") }
    }

    fn name(&self) -> String {
        let last = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let args = self.args.iter().map(|arg| last(Path::new(arg)));
        [last(&self.path)].into_iter().chain(args).collect::<Vec<_>>().join(" ")
    }
}

/// What is left of a program that ran to its end.
#[derive(Clone, Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed, without the last line break.
    pub stdout: String,
    /// What it printed on standard error, without the last line break.
    pub stderr: String,
}

/// A running program. Killed when dropped; what it printed is shown when the test fails.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Owned,
    output: Arc<Output>,
}

impl Process {
    /// The number of the process, as long as it has not been waited for.
    pub fn id(&self) -> Option<i32> {
        self.child.pid().map(|pid| pid.as_raw_pid())
    }

    /// The lines printed so far on standard output.
    pub fn stdout(&self) -> Vec<String> {
        self.output.of(Stream::Out)
    }

    /// The lines printed so far on standard error.
    pub fn stderr(&self) -> Vec<String> {
        self.output.of(Stream::Err)
    }

    /// Returns the first line, on either stream, that contains `pattern`. Looks at old lines first.
    ///
    /// # Panics
    ///
    /// When there is none within `limit`, or the program closes its output without it.
    pub async fn wait_for_line(&self, pattern: &str, limit: Duration) -> String {
        let what = format!("{} to print `{pattern}`", self.name);
        within(limit, &what, self.output.find(pattern))
            .await
            .unwrap_or_else(|| panic!("{} ended without printing `{pattern}`", self.name))
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        self.child.signal(signal);
    }

    /// Freezes the process, and returns when it stands still.
    pub async fn pause(&mut self) {
        self.child.pause().await;
    }

    /// Lets a frozen process go on.
    pub fn resume(&self) {
        self.child.resume();
    }

    /// Ends the process as a crash does.
    pub async fn kill(&mut self) -> ExitStatus {
        self.child.kill().await
    }

    /// Waits for the end of the process, and then for the rest of its output.
    ///
    /// # Panics
    ///
    /// When it has not ended within `limit`.
    pub async fn wait(&mut self, limit: Duration) -> ExitStatus {
        let what = format!("{} to end", self.name);
        let status = within(limit, &what, self.child.wait()).await;
        // A grandchild may keep the pipes open; that is no reason to fail.
        timeout(limit.min(Duration::from_secs(2)), self.output.closed()).await.ok();
        status
    }
}

impl Drop for Process {
    #[expect(clippy::print_stderr, reason = "the test runner shows it with the failed test")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- output of {} ---", self.name);
            self.output.lock().iter().for_each(|(_, line)| eprintln!("{line}"));
            eprintln!("--- end of the output of {} ---", self.name);
        }
    }
}

/// Returns whether this test is alone in its process, as under nextest. `cargo test` runs all tests of a binary in one.
#[must_use]
pub fn has_process_for_itself() -> bool {
    std::env::var_os("NEXTEST").is_some()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

#[derive(Debug)]
struct Output {
    lines: Mutex<Vec<(Stream, String)>>,
    /// The number of open pipes. Every line touches it.
    changes: watch::Sender<usize>,
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Vec<(Stream, String)>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, stream: Stream) -> Vec<String> {
        self.lock().iter().filter(|(of, _)| *of == stream).map(|(_, line)| line.clone()).collect()
    }

    fn capture(self: &Arc<Self>, stream: Stream, pipe: impl AsyncRead + Unpin + Send + 'static) {
        self.changes.send_modify(|open| *open += 1);
        let output = Arc::clone(self);
        tokio::spawn(async move {
            let mut reader = BufReader::new(pipe);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).await.is_ok_and(|length| length > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
                output.lock().push((stream, text));
                output.changes.send_modify(|_| {});
                line.clear();
            }
            output.changes.send_modify(|open| *open -= 1);
        });
    }

    /// The first line with `pattern`, or `None` when all pipes are closed and there is none.
    async fn find(&self, pattern: &str) -> Option<String> {
        let mut changes = self.changes.subscribe();
        loop {
            let open = *changes.borrow_and_update();
            let found =
                self.lock().iter().find(|(_, line)| line.contains(pattern)).map(|(_, line)| line.clone());
            if found.is_some() || open == 0 {
                return found;
            }
            changes.changed().await.ok();
        }
    }

    async fn closed(&self) {
        self.changes.subscribe().wait_for(|open| *open == 0).await.ok();
    }
}
