//! The NATS micro service of a Dynamo component, as shown by tools such as `nats micro ls`.
//!
//! Replies use the types of `async-nats`, which have the fields and order of Dynamo's. Its service
//! implementation is not used: it keeps stopped endpoints in its replies for ever, counts only requests
//! that have a reply subject, and runs untracked tasks.

use std::sync::Arc;
use std::time::Duration;

use async_nats::service::error::Error as ServiceError;
use async_nats::service::{Info, PingResponse, Stats, endpoint};
use async_nats::{Message, datetime};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{BoxStream, SelectAll, select_all};
use tokio::time::Instant;

use crate::address::ids::ComponentId;
use crate::error::{Error, ErrorKind, Result};
use crate::sync::Lock;
use crate::transport::nats::link::NatsLink;
use crate::transport::nats::subject;
use crate::transport::nats::subject::QUEUE_GROUP;
use crate::wire::frame::ack::Ack;

/// The advertised version: that of the Dynamo release whose protocol is spoken. NATS requires a semantic
/// version.
const VERSION: &str = "1.6.1";

const VERBS: [&str; 3] = ["PING", "INFO", "STATS"];

/// How long a reply may wait for room on the connection. Requesters collect replies for a moment only.
const ANSWER: Duration = Duration::from_secs(5);

/// What the service reports.
#[derive(Debug)]
pub(super) struct ServiceBoard {
    /// The service info without its endpoints.
    info: Info,
    started: datetime::DateTime,
    /// In the order in which they were opened.
    endpoints: Lock<Vec<Arc<Counters>>>,
}

/// The statistics of one endpoint.
#[derive(Debug)]
pub(super) struct Counters {
    subject: String,
    stats: Lock<endpoint::Stats>,
}

impl Counters {
    pub(super) fn new(subject: String) -> Arc<Self> {
        let stats = endpoint::Stats {
            name: subject::endpoint_name(&subject),
            subject: subject.clone(),
            queue_group: QUEUE_GROUP.to_owned(),
            ..endpoint::Stats::default()
        };
        Arc::new(Self { subject, stats: Lock::new(stats) })
    }

    /// Counts a request. As in Dynamo, its duration ends with the acknowledgement.
    pub(super) fn note(&self, took: Duration, ack: &Ack) {
        let mut stats = self.stats.lock();
        stats.requests += 1;
        stats.processing_time += took;
        let count = u32::try_from(stats.requests).unwrap_or(u32::MAX);
        stats.average_processing_time = stats.processing_time / count;
        let (code, why) = match ack {
            Ack::Accepted => return,
            Ack::Overloaded(why) => (429, why),
            Ack::Unavailable(why) | Ack::Refused(why) => (503, why),
        };
        stats.errors += 1;
        stats.last_error = Some(ServiceError { code, status: why.clone() });
    }
}

impl ServiceBoard {
    pub(super) fn new(component: &ComponentId, id: String) -> Arc<Self> {
        let ComponentId { namespace, component: name } = component;
        let info = Info {
            kind: "io.nats.micro.v1.info_response".to_owned(),
            name: subject::service(component),
            id,
            description: format!("Dynamo component {name} in namespace {namespace}"),
            version: VERSION.to_owned(),
            metadata: std::collections::HashMap::new(),
            endpoints: Vec::new(),
        };
        Arc::new(Self { info, started: datetime::now(), endpoints: Lock::default() })
    }

    pub(super) fn add(&self, counters: &Arc<Counters>) {
        self.endpoints.lock().push(Arc::clone(counters));
    }

    pub(super) fn remove(&self, subject: &str) {
        self.endpoints.lock().retain(|known| known.subject != subject);
    }

    fn answer(&self, asked: &str) -> serde_json::Result<Vec<u8>> {
        let Info { name, id, version, metadata, .. } = self.info.clone();
        let verb = asked.split('.').nth(1).unwrap_or_default();
        let stats: Vec<endpoint::Stats> =
            self.endpoints.lock().iter().map(|known| known.stats.lock().clone()).collect();
        match verb {
            "INFO" => {
                let endpoints = stats.into_iter().map(|stats| endpoint::Info {
                    name: stats.name,
                    subject: stats.subject,
                    queue_group: stats.queue_group,
                    metadata: std::collections::HashMap::new(),
                });
                serde_json::to_vec(&Info { endpoints: endpoints.collect(), ..self.info.clone() })
            }
            "STATS" => {
                let kind = "io.nats.micro.v1.stats_response".to_owned();
                let started = self.started;
                serde_json::to_vec(&Stats { kind, name, id, version, started, endpoints: stats })
            }
            _ => {
                let kind = "io.nats.micro.v1.ping_response".to_owned();
                serde_json::to_vec(&PingResponse { kind, name, id, version, metadata })
            }
        }
    }

    /// Subscribes to the monitoring subjects of all services, this component, and this service id.
    pub(super) async fn subscribe(&self, link: &NatsLink) -> Result<SelectAll<BoxStream<'static, Message>>> {
        let Info { name, id, .. } = &self.info;
        let mut questions = Vec::new();
        for verb in VERBS {
            for to in [String::new(), format!(".{name}"), format!(".{name}.{id}")] {
                let subject = format!("$SRV.{verb}{to}");
                let subscriber = link.subscribe(subject, None).await.map_err(|source| {
                    let what =
                        format!("cannot set up the micro service {name} at {} (NATS_SERVER)", link.server);
                    Error::new(ErrorKind::Internal, what).with_source(source)
                })?;
                questions.push(subscriber.into_stream());
            }
        }
        Ok(select_all(questions))
    }

    /// Answers monitoring requests until the connection closes.
    pub(super) async fn serve(
        self: Arc<Self>,
        link: NatsLink,
        mut questions: SelectAll<BoxStream<'static, Message>>,
    ) {
        while let Some(Message { subject, reply, .. }) = questions.next().await {
            let Some(reply) = reply else { continue };
            match self.answer(&subject) {
                Ok(answer) => {
                    if let Err(error) =
                        link.publish(reply, Bytes::from(answer), Instant::now() + ANSWER).await
                    {
                        tracing::debug!(%error, %subject, "cannot answer a monitoring request");
                    }
                }
                Err(error) => tracing::error!(%error, "cannot encode the statistics of a service"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SUBJECT: &str = "interop_backend.echo-12c8a202db3a30cb";

    fn board() -> (Arc<ServiceBoard>, Arc<Counters>) {
        let board = ServiceBoard::new(
            &ComponentId::from_static("interop", "backend"),
            "pLRRvGQtnBwbSurjux7xcq".to_owned(),
        );
        let counters = Counters::new(SUBJECT.to_owned());
        board.add(&counters);
        (board, counters)
    }

    fn captured() -> impl Iterator<Item = String> {
        let file =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/nats-session/micro-service-answers.txt");
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().filter(|line| line.starts_with('{')).map(str::to_owned).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn the_answers_are_the_captured_ones() {
        let (board, _) = board();
        for (captured, verb) in captured().zip(VERBS) {
            let answer =
                String::from_utf8(board.answer(&format!("$SRV.{verb}.interop_backend")).unwrap()).unwrap();
            // Only the start time differs.
            let without_start = |text: &str| match (text.find(r#""started""#), text.find(r#""endpoints""#)) {
                (Some(from), Some(to)) => format!("{}{}", &text[..from], &text[to..]),
                _ => text.to_owned(),
            };
            assert_eq!(without_start(&answer), without_start(&captured));
        }
    }

    #[test]
    fn requests_and_refusals_are_counted_and_a_removed_endpoint_is_gone() {
        let (board, counters) = board();
        let stats = || -> Value { serde_json::from_slice(&board.answer("$SRV.STATS").unwrap()).unwrap() };
        counters.note(Duration::from_nanos(30), &Ack::Accepted);
        counters.note(Duration::from_nanos(10), &Ack::Overloaded("full".to_owned()));
        let endpoint = &stats()["endpoints"][0];
        let numbers =
            ["num_requests", "num_errors", "processing_time", "average_processing_time", "last_error"]
                .map(|name| endpoint[name].clone());
        assert_eq!(numbers, [json!(2), json!(1), json!(40), json!(20), json!("429:full")]);
        board.remove(SUBJECT);
        assert_eq!(stats()["endpoints"], json!([]));
    }
}
