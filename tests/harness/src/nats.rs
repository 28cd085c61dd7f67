//! A real NATS server of one's own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::process::Command;

use crate::server::{Server, Start};
use crate::{binary, http, port};

const REMEDY: &str = "`apt-get install nats-server` or `brew install nats-server`";
/// How often to try again when somebody takes a port.
const ATTEMPTS: usize = 20;

/// A NATS server on its own ports. Ends when dropped.
#[derive(Debug)]
pub struct Nats {
    server: Server,
    binary: PathBuf,
    client: u16,
    monitor: u16,
}

impl Nats {
    /// Starts a server with the default settings and returns when it answers.
    ///
    /// # Panics
    ///
    /// When the server is not installed, with the command that installs it.
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// Starts a server with a configuration in its own language, such as
    /// `max_payload: 1024` or `authorization { user: u, password: p }`.
    ///
    /// # Panics
    ///
    /// When the server is not installed or does not accept the configuration.
    pub async fn start_with(config: &str) -> Self {
        let binary = binary::find("nats-server", REMEDY);
        for _ in 0..ATTEMPTS {
            let server = Server::new("nats-server");
            if let Err(error) = fs::write(server.dir().join("config"), config) {
                panic!("cannot write the configuration of NATS: {error}");
            }
            let (client, monitor) = (port::reserve(), port::reserve());
            let mut nats = Self { server, binary: binary.clone(), client, monitor };
            if nats.launch().await == Start::Ready {
                return nats;
            }
        }
        panic!("{ATTEMPTS} times somebody else took the port of NATS");
    }

    /// The address for clients, as a URL without user and password. Also the value of `NATS_SERVER`.
    pub fn url(&self) -> String {
        format!("nats://{}", self.addr())
    }

    /// The address for clients.
    pub fn addr(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.client))
    }

    /// Asks the monitoring port, for example for `/connz?subs=1` or `/subsz?subs=1`.
    ///
    /// # Panics
    ///
    /// When there is no answer, or one that is not JSON.
    pub async fn monitor(&self, path: &str) -> Value {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, self.monitor));
        let answer = http::get(addr, path).await;
        match answer.and_then(|body| Ok(serde_json::from_str(&body)?)) {
            Ok(value) => value,
            Err(error) => panic!("NATS does not answer GET {path}: {error}"),
        }
    }

    /// Ends the server in good order. [`Nats::start_again`] uses the same port.
    pub async fn stop(&mut self) {
        self.server.stop().await;
    }

    /// Ends the server as a crash does.
    pub async fn kill(&mut self) {
        self.server.kill().await;
    }

    /// Starts a stopped server on the same port.
    pub async fn start_again(&mut self) {
        for _ in 0..ATTEMPTS {
            if self.launch().await == Start::Ready {
                return;
            }
        }
        panic!("somebody else took the port of NATS while it was down");
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

    async fn launch(&mut self) -> Start {
        let dir = self.server.dir().to_owned();
        let url = self.url();
        let mut command = Command::new(&self.binary);
        command.arg("--config").arg(dir.join("config")).arg("--ports_file_dir").arg(&dir);
        command.args(["-a", "127.0.0.1", "-p", &self.client.to_string(), "-m", &self.monitor.to_string()]);
        self.server.start(command, async |pid| has_announced(&dir, pid, &url)).await
    }
}

// The server writes its addresses to a file when it listens.
fn has_announced(dir: &Path, pid: i32, url: &str) -> bool {
    let file = dir.join(format!("nats-server_{pid}.ports"));
    let ports: Option<Value> = fs::read(file).ok().and_then(|text| serde_json::from_slice(&text).ok());
    ports.is_some_and(|ports| ports["nats"][0] == url && ports["monitoring"].is_array())
}
