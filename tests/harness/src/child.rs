//! A child process that does not outlive the value that stands for it.

use std::process::ExitStatus;
use std::time::Duration;
use std::{fs, io, thread};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::wait::eventually;

/// Settings of the SDK, of Dynamo and of the servers, which a developer may have set for other purposes.
const PREFIXES: [&str; 5] = ["DYN_", "ETCD_", "ETCDCTL_", "INTEROP_", "NATS_"];

/// How long a process may take to end when asked.
const GRACE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Owned(Child);

impl Owned {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        command.kill_on_drop(true).spawn().map(Self)
    }

    pub(crate) fn inner(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Sends `signal`, unless the process has been waited for: its number may belong to another one by now.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            // Fails only if the process is gone already, and then there is nobody to tell.
            kill_process(pid, signal).ok();
        }
    }

    pub(crate) fn pid(&self) -> Option<Pid> {
        self.0.id().and_then(|id| Pid::from_raw(id.cast_signed()))
    }

    pub(crate) fn exited(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }

    pub(crate) async fn wait(&mut self) -> ExitStatus {
        match self.0.wait().await {
            Ok(status) => status,
            Err(error) => panic!("cannot wait for a child process: {error}"),
        }
    }

    /// Stops the execution of the process, and returns when it has stopped.
    pub(crate) async fn pause(&mut self) {
        self.signal(Signal::STOP);
        let Some(pid) = self.pid() else { return };
        let file = format!("/proc/{}/stat", pid.as_raw_pid());
        eventually(GRACE, "a process to pause", async || {
            // Systems without /proc do not say; there the signal has to do.
            fs::read_to_string(&file).map_or(true, |stat| {
                stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('T') || rest.starts_with('Z'))
            })
        })
        .await;
    }

    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Asks the process to end, and ends it when it does not.
    pub(crate) async fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.resume();
        match timeout(GRACE, self.wait()).await {
            Ok(status) => status,
            Err(_) => self.kill().await,
        }
    }

    pub(crate) async fn kill(&mut self) -> ExitStatus {
        self.signal(Signal::KILL);
        self.wait().await
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        // A killed process is gone within moments; one that hangs in the kernel is left to the system.
        for _ in 0..2000 {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Removes the settings of the environment that would reach the child.
#[expect(clippy::disallowed_methods, reason = "what is removed is no setting of the SDK here")]
pub(crate) fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if PREFIXES.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes())) {
            command.env_remove(name);
        }
    }
}
