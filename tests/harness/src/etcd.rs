//! A real etcd of one's own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::server::{Server, Start};
use crate::wait::within;
use crate::{binary, child, http, port};

const REMEDY: &str = "`apt-get install etcd-server etcd-client` or `brew install etcd`";
/// How often to try again when somebody takes a port.
const ATTEMPTS: usize = 20;
/// The limit of one `etcdctl`, which has limits of its own.
const ETCDCTL: Duration = Duration::from_secs(20);

/// An etcd server with one member, on its own ports and its own data. Ends when dropped.
#[derive(Debug)]
pub struct Etcd {
    server: Server,
    binary: PathBuf,
    /// Tells this server from another one that got hold of its port.
    name: String,
    client: u16,
    peer: u16,
}

impl Etcd {
    /// Starts an empty server and returns when it answers.
    ///
    /// # Panics
    ///
    /// When etcd is not installed, with the command that installs it.
    pub async fn start() -> Self {
        let binary = binary::find("etcd", REMEDY);
        for _ in 0..ATTEMPTS {
            let (client, peer) = (port::reserve(), port::reserve());
            let name = format!("test-{}-{client}", std::process::id());
            let mut etcd = Self { server: Server::new("etcd"), binary: binary.clone(), name, client, peer };
            if etcd.launch().await == Start::Ready {
                return etcd;
            }
        }
        panic!("{ATTEMPTS} times somebody else took the port of etcd");
    }

    /// The address for clients, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// The value of `ETCD_ENDPOINTS` for a process that shall use this server.
    pub fn endpoints(&self) -> String {
        self.url()
    }

    /// The address for clients.
    pub fn addr(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.client))
    }

    /// Ends the server in good order. [`Etcd::start_again`] finds its data, and uses the same port.
    pub async fn stop(&mut self) {
        self.server.stop().await;
    }

    /// Ends the server as a crash does.
    pub async fn kill(&mut self) {
        self.server.kill().await;
    }

    /// Starts a stopped server with the same data on the same port.
    pub async fn start_again(&mut self) {
        for _ in 0..ATTEMPTS {
            if self.launch().await == Start::Ready {
                return;
            }
        }
        panic!("somebody else took the port of etcd while it was down");
    }

    /// Starts a stopped server on the same port with nothing in it, as after a lost disk.
    pub async fn start_empty(&mut self) {
        if let Err(error) = fs::remove_dir_all(self.server.dir().join("data")) {
            panic!("cannot remove the data of etcd: {error}");
        }
        self.start_again().await;
    }

    /// Stops the server and starts it again.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    /// Freezes the server: it keeps its connections and answers nothing.
    pub async fn pause(&mut self) {
        self.server.child().pause().await;
    }

    /// Lets a frozen server go on.
    pub fn resume(&mut self) {
        self.server.child().resume();
    }

    /// Runs `etcdctl` against this server and returns what it prints.
    ///
    /// # Panics
    ///
    /// When the command fails, with what it says.
    pub async fn etcdctl(&self, args: &[&str]) -> String {
        let mut command = Command::new(binary::find("etcdctl", REMEDY));
        child::clean(&mut command);
        command.env("ETCDCTL_API", "3").arg("--endpoints").arg(self.url()).args(args);
        command.stdin(Stdio::null()).kill_on_drop(true);
        match within(ETCDCTL, "etcdctl", command.output()).await {
            Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
            Ok(output) => panic!("etcdctl {args:?} failed: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => panic!("cannot run etcdctl: {error}"),
        }
    }

    /// Reads one of the numbers that the server counts, by the name of the metric.
    ///
    /// # Panics
    ///
    /// When the server does not answer or has no such metric.
    pub async fn metric(&self, name: &str) -> f64 {
        let metrics = match http::get(self.addr(), "/metrics").await {
            Ok(metrics) => metrics,
            Err(error) => panic!("etcd does not answer GET /metrics: {error}"),
        };
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        value.unwrap_or_else(|| panic!("etcd has no metric {name}"))
    }

    /// Returns how many renewals of leases the server has seen since it started.
    pub async fn renewals(&self) -> f64 {
        self.metric("etcd_debugging_lease_renewed_total").await
    }

    async fn launch(&mut self) -> Start {
        let (addr, name) = (self.addr(), self.name.clone());
        let command = self.command();
        self.server.start(command, async |_| is_ready(addr, &name).await).await
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        let (client, peer) = (self.url(), format!("http://127.0.0.1:{}", self.peer));
        command.arg("--data-dir").arg(self.server.dir().join("data"));
        command.args(["--unsafe-no-fsync", "--name", &self.name]);
        command.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
        command.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
        command.arg("--initial-cluster").arg(format!("{}={peer}", self.name));
        if cfg!(target_arch = "aarch64") {
            // etcd 3.4 refuses to start on this architecture unless told.
            command.env("ETCD_UNSUPPORTED_ARCH", "arm64");
        }
        command
    }
}

async fn is_ready(addr: SocketAddr, name: &str) -> bool {
    let healthy = http::get(addr, "/health").await.is_ok_and(|body| body.contains("true"));
    healthy && http::post(addr, "/v3/cluster/member/list", "{}").await.is_ok_and(|body| body.contains(name))
}
