//! Components described as data.

use dynamo_sdk::Component;
use dynamo_sdk::describe::{Description, Shape, mermaid};
use dynamo_sdk::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Say {
    /// What is said.
    text: String,
}

/// Has no schema.
#[derive(Serialize, Deserialize)]
struct Plain {
    number: u32,
}

/// Repeats what it hears.
///
/// More of it.
#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    /// Says it again.
    #[endpoint]
    async fn say(&self, request: Say) -> Result<Vec<Say>, EndpointError> {
        Ok(vec![request])
    }

    #[endpoint(name = "numbers")]
    async fn count(&self, _cx: Context, _request: ()) -> impl Stream<Item = Plain> {
        stream::iter(0..3).map(|number| Plain { number })
    }
}

#[test]
fn a_component_is_described_without_an_instance() {
    let description = Echo::describe();
    assert_eq!(description.component, EchoClient::ID);
    assert_eq!(description.docs, "Repeats what it hears.\n\nMore of it.");
    let [say, count] = &description.endpoints[..] else { panic!("{description:?}") };
    assert_eq!((say.name.as_str(), say.shape, say.docs.as_str()), ("say", Shape::Unary, "Says it again."));
    assert_eq!((say.request.name.as_str(), say.response.name.as_str()), ("Say", "Vec<Say>"));
    assert!(say.options.is_empty());
    assert_eq!((count.name.as_str(), count.shape, count.docs.as_str()), ("numbers", Shape::Stream, ""));
    assert_eq!((count.request.name.as_str(), count.response.name.as_str()), ("()", "Plain"));
    assert_eq!(count.options["takes_context"], true);
}

/// Says everything that can be said of an endpoint.
#[component(namespace = "demo")]
struct Optional;

#[endpoints]
impl Optional {
    #[endpoint(timeout = "250ms", max_in_flight = 8, queue = 32, idempotent, canary = 3, cpu, on_disconnect = stop)]
    async fn all(&self, _cx: Context, number: u32) -> u32 {
        number
    }

    #[endpoint(on_disconnect = kill)]
    async fn none(&self) {}
}

#[test]
fn every_option_that_is_given_is_in_the_description_and_no_other() {
    let [all, none] = &Optional::describe().endpoints[..] else { panic!("two endpoints") };
    let expected = serde_json::json!({
        "canary": true, "cpu": true, "idempotent": true, "max_in_flight": 8, "on_disconnect": "stop", "queue": 32,
        "takes_context": true, "timeout_seconds": 0.25,
    });
    assert_eq!(serde_json::to_value(&all.options).unwrap(), expected);
    assert!(none.options.is_empty());
}

#[test]
fn types_have_a_schema_if_they_derive_one_and_the_feature_is_on() {
    let [say, count] = &Echo::describe().endpoints[..] else { panic!("two endpoints") };
    assert_eq!(say.request.schema.is_some(), cfg!(feature = "schemars"));
    assert_eq!(say.response.schema.is_some(), cfg!(feature = "schemars"));
    assert_eq!(count.response.schema, None);
    if let Some(schema) = &say.request.schema {
        assert_eq!(schema["properties"]["text"]["type"], "string");
    }
}

#[test]
fn a_description_is_data() {
    let description = Echo::describe();
    let text = serde_json::to_string(&description).unwrap();
    let back: Description = serde_json::from_str(&text).unwrap();
    assert_eq!(back, description);
    assert_eq!(back.fingerprint(), description.fingerprint());
}

/// A description as another process wrote it; `endpoints` are JSON.
fn written(component: &str, endpoints: &[&str]) -> Description {
    let text = format!(
        r#"{{"component":{{"namespace":"demo","component":"{component}"}},"endpoints":[{}]}}"#,
        endpoints.join(",")
    );
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

const SAY: &str = r#"{"name":"say","shape":"unary","request":{"name":"Say"},"response":{"name":"Said"}}"#;
const WORDS: &str =
    r#"{"name":"words","shape":"stream","request":{"name":"Say"},"response":{"name":"Said"}}"#;

#[test]
fn the_fingerprint_is_the_same_in_every_build_and_order() {
    let one = written("echo", &[SAY, WORDS]);
    // Pinned: whoever changes it makes all stored fingerprints worthless.
    assert_eq!(one.fingerprint(), "b6eae1d699bf6632");
    assert_eq!(one.fingerprint(), written("echo", &[WORDS, SAY]).fingerprint());
    let documented = SAY.replace(r#""shape""#, r#""docs":"Says it.","options":{"timeout":1},"shape""#);
    assert_eq!(one.fingerprint(), written("echo", &[&documented, WORDS]).fingerprint());
}

#[test]
fn the_fingerprint_tells_contracts_apart() {
    let changes = [
        written("other", &[SAY, WORDS]),
        written("echo", &[SAY]),
        written("echo", &[&SAY.replace("say", "tell"), WORDS]),
        written("echo", &[&SAY.replace("unary", "stream"), WORDS]),
        written("echo", &[&SAY.replace("Said", "Vec<Said>"), WORDS]),
        written("echo", &[SAY, WORDS]),
    ];
    let mut prints: Vec<String> = changes.iter().map(Description::fingerprint).collect();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), changes.len());
}

#[test]
fn of_a_schema_only_what_travels_counts() {
    let print = |schema: &str| {
        let request = format!(r#"{{"name":"Say","schema":{schema}}}"#);
        written("echo", &[&SAY.replace(r#"{"name":"Say"}"#, &request)]).fingerprint()
    };
    let plain = print(r#"{"type":"object","properties":{"title":{"type":"string"}}}"#);
    let documented =
        r#"{"title":"Say","properties":{"title":{"description":"x","type":"string"}},"type":"object"}"#;
    assert_eq!(plain, print(documented));
    assert_ne!(plain, print(r#"{"type":"object","properties":{"title":{"type":"integer"}}}"#));
    assert_ne!(plain, print(r#"{"type":"object","properties":{}}"#), "a field may be called `title`");
}

#[component(namespace = "demo")]
struct End {
    #[client]
    echo: EchoClient,
}

#[endpoints]
impl End {
    #[endpoint]
    async fn ask(&self, text: String) -> Result<usize, EndpointError> {
        Ok(self.echo.say(Say { text }).await?.len())
    }
}

#[test]
fn the_graph_is_drawn() {
    let drawn = mermaid(&[End::describe(), Echo::describe()]);
    let expected = r#"flowchart LR
    c0["demo.end<br/>ask"]
    c1["demo.echo<br/>say<br/>numbers ⇉"]
    c0 --> c1
"#;
    assert_eq!(drawn, expected);
}

/// Hears what others do.
#[component(namespace = "demo")]
struct Watcher;

#[endpoints]
impl Watcher {
    #[endpoint]
    async fn ask(&self) {}

    /// How loud it is.
    #[subscribe(topic = "volume", component = "echo")]
    async fn on_volume(&self, volume: Say) {
        drop(volume);
    }

    #[subscribe(topic = "own")]
    async fn on_own(&self, event: Event<Plain>) {
        println!("{}", event.payload.number);
    }

    #[subscribe(topic = "kv_metrics", namespace = "gpu", component = "backend", endpoint = "generate")]
    #[subscribe(topic = "all", scope = namespace)]
    async fn on_numbers(&self, numbers: Vec<u32>) {
        drop(numbers);
    }
}

#[test]
fn what_a_component_hears_is_described() {
    let description = Watcher::describe();
    let heard: Vec<_> = description
        .subscriptions
        .iter()
        .map(|one| (one.topic.as_str(), one.scope.to_string(), &*one.docs, &*one.payload.name))
        .collect();
    let expected = [
        ("volume", "demo.echo".to_owned(), "How loud it is.", "Say"),
        ("own", "demo.watcher".to_owned(), "", "Plain"),
        ("kv_metrics", "gpu.backend.generate".to_owned(), "", "Vec<u32>"),
        ("all", "demo".to_owned(), "", "Vec<u32>"),
    ];
    assert_eq!(heard, expected);
    assert_eq!(description.subscriptions[0].payload.schema.is_some(), cfg!(feature = "schemars"));

    let text = serde_json::to_string(&description).unwrap();
    assert_eq!(serde_json::from_str::<Description>(&text).unwrap(), description);
    let mut deaf = description.clone();
    deaf.subscriptions.clear();
    assert_eq!(deaf.fingerprint(), description.fingerprint(), "a caller does not see what is heard");
    // As it was written before there were subscriptions in it.
    let text = serde_json::to_string(&deaf).unwrap();
    assert!(!text.contains("subscriptions") && serde_json::from_str::<Description>(&text).unwrap() == deaf);
}

#[test]
fn who_hears_whom_is_drawn() {
    let drawn = mermaid(&[Watcher::describe(), Echo::describe()]);
    let expected = r#"flowchart LR
    c0["demo.watcher<br/>ask"]
    c1["demo.echo<br/>say<br/>numbers ⇉"]
    c2["gpu.backend"]
    c1 -. volume .-> c0
    c2 -. kv_metrics .-> c0
"#;
    assert_eq!(drawn, expected);
}

/** A desk.
 * With two lines.
 */
#[component(namespace = "docs")]
struct Desk;

#[endpoints]
impl Desk {
    /// First.
    #[doc = concat!("computed", " text")]
    /// Last.
    #[endpoint]
    async fn say(&self) -> u32 {
        1
    }
}

#[test]
fn docs_are_those_that_rustdoc_shows() {
    let described = Desk::describe();
    assert_eq!(described.docs, "A desk.\nWith two lines.");
    assert_eq!(described.endpoints[0].docs, "First.\ncomputed text\nLast.");
}
