use std::sync::{Arc, Mutex};

use crate::address::ids::ComponentId;
use crate::address::ids::InstanceId;
use crate::address::names::EndpointName;
use crate::observe::call_scope::{CallIdentity, CallScope};
use crate::observe::observer::{CallInfo, CallPhase, Observer, trace_id};
use crate::observe::observers::Observers;

struct Named(crate::address::ids::EndpointId);

impl CallIdentity for Named {
    fn info(&self) -> CallInfo<'_> {
        CallInfo { endpoint: &self.0, request_id: "r", trace_id: None }
    }
}

#[derive(Default)]
struct Journal(Mutex<Vec<String>>);

impl Observer for Journal {
    fn call(&self, call: &CallInfo<'_>, phase: CallPhase<'_>) {
        let line = format!("{} {phase:?}", call.request_id);
        self.0.lock().unwrap().push(line);
    }
}

fn named() -> Named {
    Named(ComponentId::from_static("n", "c").endpoint(EndpointName::from_static("e")))
}

#[test]
fn a_dropped_scope_reports_its_end_once() {
    let journal = Arc::new(Journal::default());
    let observers = Observers::default().with(Arc::clone(&journal));
    let mut scope = CallScope::start(observers.clone(), named());
    scope.attempt(InstanceId(1));
    scope.attempt(InstanceId(2));
    scope.item();
    scope.item();
    assert_eq!(observers.metrics().calls().in_flight, 1);
    drop(scope);
    let calls = observers.metrics().calls();
    assert_eq!((calls.in_flight, calls.attempts, calls.retries, calls.dropped), (0, 2, 1, 1));
    let lines = journal.0.lock().unwrap();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(
        lines[0] == "r Started" && lines[3] == "r FirstItem" && lines[4] == "r Ended(Dropped)",
        "{lines:?}"
    );
}

#[test]
fn fresh_observers_keep_what_is_installed_and_count_from_zero() {
    let journal = Arc::new(Journal::default());
    let observers = Observers::default().with(Arc::clone(&journal));
    drop(CallScope::start(observers.clone(), named()));
    let fresh = observers.fresh();
    assert_eq!(fresh.metrics().calls().started, 0);
    drop(CallScope::start(fresh, named()));
    assert_eq!(journal.0.lock().unwrap().len(), 4);
}

#[test]
fn the_trace_id_is_the_second_part() {
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_eq!(trace_id(parent), Some("0af7651916cd43dd8448eb211c80319c"));
}
