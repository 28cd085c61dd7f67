//! A trait that client and server share: whoever implements it, its users see no difference.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use dynamo_sdk::config::{DiscoveryBackend, RequestPlane};
use dynamo_sdk::error::CancelCause;
use dynamo_sdk::error::ErrorClass;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{BoxError, Config, LocalCluster, Runtime};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Say {
    text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Said {
    text: String,
}

/// An error of the application's own.
#[derive(Debug)]
enum WordsError {
    Empty,
    Elsewhere(BoxError),
}

impl From<CallError> for WordsError {
    fn from(error: CallError) -> Self {
        match error.endpoint_error() {
            Some(error) if error.class() == ErrorClass::InvalidRequest => Self::Empty,
            _ => Self::Elsewhere(error.into()),
        }
    }
}

impl From<WordsError> for EndpointError {
    fn from(error: WordsError) -> Self {
        match error {
            WordsError::Empty => Self::invalid_request("there is no word"),
            WordsError::Elsewhere(error) => error.into(),
        }
    }
}

/// What speaks.
#[component(namespace = "demo")]
trait Backend {
    /// Says it.
    #[endpoint]
    async fn say(&self, request: Say) -> Result<Said, CallError>;

    /// How often something was said.
    #[endpoint(name = "count-of")]
    async fn count(&self) -> Result<u64, EndpointError>;

    /// Its words, in an error of the application.
    #[endpoint]
    async fn words(&self, request: Say) -> Result<impl Stream<Item = Result<Said, CallError>>, WordsError>;

    /// Its letters; what fails is an item.
    #[endpoint]
    async fn letters(&self, request: Say) -> impl Stream<Item = Result<char, WordsError>> + Unpin;

    /// The metadata of the call, one entry an item.
    #[endpoint]
    async fn metadata(&self, cx: Context, _: ()) -> Result<ResponseStream<(String, String)>, CallError>;

    #[cfg(any())]
    #[endpoint]
    async fn never(&self) -> Result<Missing, CallError>;

    #[deprecated(note = "say it")]
    #[endpoint]
    async fn shout(&self, request: Say) -> Result<Said, CallError>;

    /// Not an endpoint: made of one.
    fn twice(&self, text: &str) -> impl Future<Output = Result<Said, CallError>> + Send {
        self.say(Say { text: format!("{text} {text}") })
    }
}

/// The real one.
struct Polite {
    prefix: String,
}

impl Backend for Polite {
    async fn say(&self, request: Say) -> Result<Said, CallError> {
        tokio::task::yield_now().await;
        Ok(Said { text: format!("{}{}", self.prefix, request.text) })
    }

    async fn count(&self) -> Result<u64, EndpointError> {
        Ok(3)
    }

    async fn words(&self, request: Say) -> Result<impl Stream<Item = Result<Said, CallError>>, WordsError> {
        let words: Vec<String> = request.text.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            return Err(WordsError::Empty);
        }
        Ok(stream::iter(words).map(|word| Ok(Said { text: format!("{}{word}", self.prefix) })))
    }

    async fn letters(&self, request: Say) -> impl Stream<Item = Result<char, WordsError>> + Unpin {
        let end = request.text.is_empty().then_some(Err(WordsError::Empty));
        let letters: Vec<char> = request.text.chars().collect();
        stream::iter(letters.into_iter().map(Ok).chain(end))
    }

    async fn metadata(&self, cx: Context, (): ()) -> Result<ResponseStream<(String, String)>, CallError> {
        let entries: Vec<_> = cx.metadata().clone().into_iter().map(Ok).collect();
        Ok(ResponseStream::new(stream::iter(entries), cx))
    }

    async fn shout(&self, request: Say) -> Result<Said, CallError> {
        self.say(request).await
    }
}

/// A double: what it says was written before.
struct Double;

impl Backend for Double {
    async fn say(&self, request: Say) -> Result<Said, CallError> {
        Ok(Said { text: format!("> {}", request.text) })
    }

    async fn count(&self) -> Result<u64, EndpointError> {
        Ok(3)
    }

    async fn words(&self, request: Say) -> Result<impl Stream<Item = Result<Said, CallError>>, WordsError> {
        match &*request.text {
            "" => Err(WordsError::Empty),
            _ => Ok(stream::iter(["> a", "> b"]).map(|word| Ok(Said { text: word.into() }))),
        }
    }

    async fn letters(&self, request: Say) -> impl Stream<Item = Result<char, WordsError>> + Unpin {
        stream::iter(match &*request.text {
            "" => vec![Err(WordsError::Empty)],
            _ => vec![Ok('a'), Ok('b')],
        })
    }

    async fn metadata(&self, cx: Context, (): ()) -> Result<ResponseStream<(String, String)>, CallError> {
        Ok(ResponseStream::new(stream::iter([Ok(("tenant".into(), "t1".into()))]), cx))
    }

    async fn shout(&self, request: Say) -> Result<Said, CallError> {
        self.say(request).await
    }
}

/// What a user of the contract relies on. It runs on any thread, as a handler that calls a backend does.
async fn behaves<B: Backend>(backend: B) {
    let say = |text: &str| Say { text: text.into() };
    assert_eq!(backend.say(say("hello")).await.unwrap().text, "> hello");
    assert_eq!(backend.twice("a").await.unwrap().text, "> a a");
    assert_eq!(backend.count().await.unwrap(), 3);

    let words: Vec<Said> = backend.words(say("a b")).await.unwrap().try_collect().await.unwrap();
    assert_eq!(words, [Said { text: "> a".into() }, Said { text: "> b".into() }]);
    assert!(matches!(backend.words(say("")).await.err(), Some(WordsError::Empty)));

    let mut letters = backend.letters(say("ab")).await;
    assert_eq!(letters.try_next().await.unwrap(), Some('a'));
    assert_eq!(letters.try_next().await.unwrap(), Some('b'));
    assert_eq!(letters.try_next().await.unwrap(), None);
    assert!(matches!(backend.letters(say("")).await.try_next().await, Err(WordsError::Empty)));

    let cx = Context::new().child(dynamo_sdk::engine::ChildContext {
        metadata: [("tenant".to_owned(), "t1".to_owned())].into(),
        ..Default::default()
    });
    let entries: Vec<_> = backend.metadata(cx, ()).await.unwrap().try_collect().await.unwrap();
    assert_eq!(entries, [("tenant".to_owned(), "t1".to_owned())]);
}

fn polite() -> Polite {
    Polite { prefix: "> ".into() }
}

fn config() -> Config {
    Config::builder().shutdown_converge(Duration::ZERO).build().unwrap()
}

#[tokio::test]
async fn an_implementation_and_a_double_need_no_runtime() {
    behaves(polite()).await;
    behaves(Double).await;
}

#[tokio::test]
async fn a_client_is_the_same_from_another_runtime() {
    let cluster = LocalCluster::new();
    let server = cluster.join(Runtime::from_current().unwrap(), config()).unwrap();
    let caller = cluster.join(Runtime::from_current().unwrap(), config()).unwrap();
    let serving = server.serve(BackendServer::new(polite())).start().await.unwrap();
    assert_eq!(*serving.component(), BackendClient::ID);
    assert_eq!(BackendClient::ID.to_string(), "demo.backend");

    let client = BackendClient::connect(&caller).await.unwrap();
    caller.runtime().spawn(behaves(client)).await.unwrap().unwrap();
    serving.shutdown().await;
}

#[tokio::test]
async fn a_client_is_the_same_over_tcp_with_discovery_in_files() {
    let directory = tempfile::tempdir().unwrap();
    let config = || {
        Config::builder()
            .discovery_backend(DiscoveryBackend::File)
            .file_kv(directory.path().to_owned())
            .request_plane(RequestPlane::Tcp)
            .shutdown_converge(Duration::ZERO)
            .build()
            .unwrap()
    };
    let server = DistributedRuntime::new(Runtime::from_current().unwrap(), config()).await.unwrap();
    let caller = DistributedRuntime::new(Runtime::from_current().unwrap(), config()).await.unwrap();
    let serving = server.serve(BackendServer::new(polite())).start().await.unwrap();
    let client = BackendClient::connect(&caller).await.unwrap();
    client.wait_ready(1, Duration::from_secs(10)).await.unwrap();
    caller.runtime().spawn(behaves(client)).await.unwrap().unwrap();
    serving.shutdown().await;
    caller.shutdown().await;
    server.shutdown().await;
}

#[dynamo_sdk::test]
async fn the_clients_own_methods_take_options(runtime: DistributedRuntime) {
    let serving = runtime.serve(BackendServer::new(polite())).start().await.unwrap();
    let client = BackendClient::connect(&runtime).await.unwrap();
    let said = client.say(Say { text: "hello".into() }).timeout(Duration::from_secs(5)).await.unwrap();
    assert_eq!(said.text, "> hello");
    let entries = client.metadata(()).metadata("tenant", "t1").instance(runtime.instance_id()).await.unwrap();
    assert_eq!(entries.try_collect::<Vec<_>>().await.unwrap(), [("tenant".to_owned(), "t1".to_owned())]);
    // On the type itself, the trait's method is named by the trait.
    assert_eq!(Backend::say(&client, Say { text: "hello".into() }).await.unwrap(), said);
    serving.shutdown().await;
}

#[dynamo_sdk::test]
async fn a_call_that_finds_nobody_is_the_contracts_own_error(runtime: DistributedRuntime) {
    async fn failures(backend: &impl Backend) {
        let say = || Say { text: "hello".into() };
        let cancelled = Context::new();
        cancelled.kill(CancelCause::Requested);
        assert!(backend.metadata(cancelled, ()).await.is_err());
        assert!(backend.say(say()).await.unwrap_err().is_safe_to_retry());
        assert_eq!(backend.count().await.unwrap_err().class(), ErrorClass::Unavailable);
        assert!(matches!(backend.words(say()).await.err(), Some(WordsError::Elsewhere(_))));
        let mut letters = backend.letters(say()).await;
        assert!(matches!(letters.try_next().await, Err(WordsError::Elsewhere(_))));
        assert_eq!(letters.try_next().await.unwrap(), None);
    }
    let config = Config::builder().instance_wait(Duration::from_millis(10)).build().unwrap();
    let alone = LocalCluster::new().join(runtime.runtime().clone(), config).unwrap();
    failures(&BackendClient::connect(&alone).await.unwrap()).await;
}

#[dynamo_sdk::test]
async fn a_component_may_hold_any_implementation(runtime: DistributedRuntime) {
    /// A contract served on top of another one.
    #[component(namespace = "demo")]
    trait Front {
        #[endpoint]
        async fn greet(&self, name: String) -> Result<String, CallError>;
    }

    struct Greeter<B> {
        backend: B,
    }

    impl<B: Backend> Front for Greeter<B> {
        async fn greet(&self, name: String) -> Result<String, CallError> {
            Ok(self.backend.say(Say { text: format!("hello {name}") }).await?.text)
        }
    }

    assert_eq!(Greeter { backend: Double }.greet("you".into()).await.unwrap(), "> hello you");
    let backend = runtime.serve(BackendServer::new(polite())).start().await.unwrap();
    let client = BackendClient::connect(&runtime).await.unwrap();
    let front = runtime.serve(FrontServer::new(Greeter { backend: client })).start().await.unwrap();
    let greeter = FrontClient::connect(&runtime).await.unwrap();
    assert_eq!(greeter.greet("you".into()).await.unwrap(), "> hello you");
    front.shutdown().await;
    backend.shutdown().await;
}

#[test]
fn a_contract_is_described_without_an_implementation() {
    // The client is one.
    let description = BackendServer::<BackendClient>::describe();
    assert_eq!((description.component, &*description.docs), (BackendClient::ID, "What speaks."));
    let say = &description.endpoints[0];
    assert_eq!((say.name.as_str(), &*say.docs), ("say", "Says it."));
    assert_eq!((&*say.request.name, &*say.response.name), ("Say", "Said"));
}

#[tokio::test]
async fn an_implementation_that_others_have_too_is_served() {
    let shared = std::sync::Arc::new(polite());
    let client = BackendClient::local(BackendServer::from_arc(std::sync::Arc::clone(&shared)));
    let text = "hello".to_owned();
    let said = client.say(Say { text: text.clone() }).await.unwrap();
    assert_eq!(said, shared.say(Say { text }).await.unwrap());
}
