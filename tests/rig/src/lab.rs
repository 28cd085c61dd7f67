//! The component of the suite: an endpoint for every way in which a call can go, and a journal of what its handlers saw.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dynamo_harness::within;
use dynamo_sdk::error::{PublicDetail, Reason};
use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize, Serializer};
use tokio::sync::watch;

/// What handlers saw, line by line.
#[derive(Clone, Debug, Default)]
pub struct Journal(Arc<Notes>);

#[derive(Debug, Default)]
struct Notes {
    lines: watch::Sender<Vec<String>>,
    made: AtomicU64,
}

impl Journal {
    pub fn note(&self, line: impl Into<String>) {
        self.0.lines.send_modify(|lines| lines.push(line.into()));
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lines.borrow().clone()
    }

    pub fn made_one(&self) {
        self.0.made.fetch_add(1, Ordering::Relaxed);
    }

    /// How many items endless streams have made.
    pub fn made(&self) -> u64 {
        self.0.made.load(Ordering::Relaxed)
    }

    /// Waits for a line that begins so, and returns it.
    pub async fn sees(&self, limit: Duration, start: &str) -> String {
        let mut lines = self.0.lines.subscribe();
        let found = lines.wait_for(|lines| lines.iter().any(|line| line.starts_with(start)));
        let found = within(limit, &format!("{start:?} in the journal"), found).await.unwrap();
        found.iter().find(|line| line.starts_with(start)).cloned().unwrap()
    }

    pub fn begin(&self, name: &str, cx: Option<&Context>) -> Present {
        self.note(format!("{name} began"));
        Present { journal: self.clone(), name: name.to_owned(), cx: cx.cloned() }
    }
}

/// Notes when a handler is dropped or ends, and what its context said then.
pub struct Present {
    journal: Journal,
    name: String,
    cx: Option<Context>,
}

impl Drop for Present {
    fn drop(&mut self) {
        let state = match &self.cx {
            Some(cx) if cx.is_killed() => "killed",
            Some(cx) if cx.is_stopped() => "stopped",
            _ => "",
        };
        self.journal.note(format!("{} ended {state}", self.name));
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Say {
    pub text: String,
}

/// What a handler knows of its call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub id: String,
    pub metadata: BTreeMap<String, String>,
    pub left_ms: Option<u64>,
    pub traceparent: Option<String>,
    pub tracestate: Option<String>,
    pub x_request_id: Option<String>,
}

impl Seen {
    fn of(cx: &Context) -> Self {
        let trace = cx.trace();
        Self {
            id: cx.id().to_owned(),
            metadata: cx.metadata().clone(),
            left_ms: cx.time_left().map(|left| left.as_millis() as u64),
            traceparent: trace.traceparent.clone(),
            tracestate: trace.tracestate.clone(),
            x_request_id: trace.x_request_id.clone(),
        }
    }
}

/// Some items, and what comes after them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub name: String,
    pub items: u64,
    pub then: Then,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Then {
    End,
    Hang,
    /// Hangs until it is asked to stop, and sends one more item.
    Linger,
    Fail,
    Panic,
}

pub fn plan(name: &str, items: u64, then: Then) -> Plan {
    Plan { name: name.to_owned(), items, then }
}

/// The item of [`Then::Linger`].
pub const BYE: u64 = 1000;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reach {
    pub name: String,
    pub left: u32,
    pub detached: bool,
}

/// Cannot be encoded if it is 0.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Picky(pub u64);

impl Serialize for Picky {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == 0 {
            Err(serde::ser::Error::custom("zero is not for others"))
        } else {
            self.0.serialize(serializer)
        }
    }
}

pub fn typed_error() -> EndpointError {
    EndpointError::rate_limited("slow down")
        .with_reason(Reason::RequestRateLimited)
        .with_public(PublicDetail::RateLimit { limit: Some(10), remaining: Some(0) })
        .caused_by(EndpointError::not_found("no tokens"))
}

#[component(namespace = "tests", name = "lab")]
pub struct Lab {
    journal: Journal,
    /// A client of the caller's runtime, for calls from inside.
    inside: Arc<OnceLock<LabClient>>,
    words: Vec<String>,
}

impl Lab {
    pub fn new(journal: Journal, inside: Arc<OnceLock<LabClient>>) -> Self {
        Self { journal, inside, words: ["one", "two", "three"].map(str::to_owned).to_vec() }
    }

    fn inside(&self) -> &LabClient {
        self.inside.get().unwrap()
    }
}

fn play(
    journal: &Journal,
    cx: Option<Context>,
    Plan { name, items, then }: Plan,
) -> impl Stream<Item = Result<u64, EndpointError>> + use<> {
    let (journal, present) = (journal.clone(), journal.begin(&name, cx.as_ref()));
    let tail = async move {
        let present = present;
        match then {
            Then::End => None,
            Then::Hang => pending().await,
            Then::Fail => Some(Err(typed_error())),
            Then::Panic => panic!("as planned"),
            Then::Linger => {
                match cx {
                    Some(cx) => cx.stopped().await,
                    None => pending().await,
                }
                journal.note(format!("{} stopped", present.name));
                Some(Ok(BYE))
            }
        }
    };
    stream::iter(0..items).map(Ok).chain(stream::once(tail).filter_map(|item| async { item }))
}

#[endpoints]
impl Lab {
    #[endpoint]
    pub async fn echo(&self, request: Say) -> Say {
        request
    }

    #[endpoint]
    pub async fn unit(&self) {
        self.journal.note("unit");
    }

    #[endpoint]
    pub async fn fail(&self, request: bool) -> Result<u64, EndpointError> {
        if request { Err(typed_error()) } else { Ok(7) }
    }

    #[endpoint]
    pub async fn blow(&self, request: u64) -> u64 {
        panic!("blown up by {request}")
    }

    #[endpoint]
    pub async fn count(&self, request: u64) -> impl Stream<Item = u64> {
        stream::iter(0..request)
    }

    /// A stream that does not start.
    #[endpoint]
    pub async fn refuse(&self, invalid: bool) -> Result<impl Stream<Item = u64>, EndpointError> {
        let error = if invalid { EndpointError::invalid_request("no such thing") } else { typed_error() };
        Err::<stream::Empty<u64>, _>(error)
    }

    /// A stream that panics instead of starting.
    #[endpoint]
    pub async fn stumble(&self, request: u64) -> Result<impl Stream<Item = u64>, EndpointError> {
        if request > 0 {
            panic!("stumbled");
        }
        Ok(stream::empty())
    }

    /// A stream that never starts.
    #[endpoint]
    pub async fn slow_start(
        &self,
        cx: Context,
        name: String,
    ) -> Result<impl Stream<Item = u64>, EndpointError> {
        let _present = self.journal.begin(&name, Some(&cx));
        pending::<()>().await;
        Ok(stream::empty())
    }

    #[endpoint]
    pub async fn borrowed(&self) -> impl Stream<Item = String> {
        stream::iter(&self.words).map(String::clone)
    }

    #[endpoint]
    pub async fn describe(&self, cx: Context, _request: ()) -> Seen {
        Seen::of(&cx)
    }

    #[endpoint]
    pub async fn hop(&self, cx: Context, left: u32) -> Result<Vec<Seen>, EndpointError> {
        let mut seen = vec![Seen::of(&cx)];
        if left > 0 {
            let call = self.inside().hop(left - 1).metadata(format!("hop{left}"), "yes");
            seen.extend(if left == 9 { call.detached().await? } else { call.await? });
        }
        Ok(seen)
    }

    /// Calls itself `left` times, and then hangs.
    #[endpoint]
    pub async fn reach(&self, cx: Context, request: Reach) -> Result<u64, EndpointError> {
        let Reach { name, left, detached } = request;
        let _present = self.journal.begin(&format!("{name}/{left}"), Some(&cx));
        if left == 0 {
            return pending().await;
        }
        let call = self.inside().reach(Reach { name, left: left - 1, detached });
        Ok(if detached { call.detached().await? } else { call.await? })
    }

    #[endpoint]
    pub async fn hang(&self, name: String) -> u64 {
        let _present = self.journal.begin(&name, None);
        pending().await
    }

    #[endpoint]
    pub async fn hang_with(&self, cx: Context, name: String) -> u64 {
        let _present = self.journal.begin(&name, Some(&cx));
        pending().await
    }

    #[endpoint]
    pub async fn play(&self, cx: Context, plan: Plan) -> impl Stream<Item = Result<u64, EndpointError>> {
        play(&self.journal, Some(cx), plan)
    }

    /// The same without a context.
    #[endpoint]
    pub async fn play_blind(&self, plan: Plan) -> impl Stream<Item = Result<u64, EndpointError>> {
        play(&self.journal, None, plan)
    }

    /// Never ends and never waits; items of `size` bytes.
    #[endpoint]
    pub async fn endless(&self, size: usize) -> impl Stream<Item = String> {
        let journal = self.journal.clone();
        stream::repeat_with(move || {
            journal.made_one();
            "x".repeat(size)
        })
    }

    #[endpoint]
    pub async fn large(&self, request: Say) -> impl Stream<Item = String> {
        stream::iter(0..3).map(move |i| format!("{i}{}", request.text))
    }

    #[endpoint]
    pub async fn picky(&self, values: Vec<u64>) -> impl Stream<Item = Picky> {
        stream::iter(values).map(Picky)
    }

    #[endpoint]
    pub async fn picky_one(&self, value: u64) -> Picky {
        Picky(value)
    }

    /// A list of maps whose keys are pairs of numbers, which JSON has no form for.
    #[endpoint]
    pub async fn pairs(&self) -> impl Stream<Item = BTreeMap<(u8, u8), u8>> {
        stream::iter([BTreeMap::new(), BTreeMap::from([((1, 2), 3)])])
    }

    #[endpoint]
    pub async fn wants_picky(&self, request: Picky) -> u64 {
        request.0
    }
}
