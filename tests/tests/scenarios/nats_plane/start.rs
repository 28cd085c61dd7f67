//! Starts: with and without a server, with right and wrong credentials.

use std::error::Error as _;
use std::time::Duration;

use dynamo_harness::{AT_ONCE, Nats, knock, within};
use dynamo_sdk::Error;
use dynamo_sdk::config::ConfigBuilder;
use dynamo_sdk::error::ErrorKind;
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::deployment::{LIMIT, join, settings};

async fn start(url: &str, also: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Result<(), Error> {
    let records = tempfile::tempdir().unwrap();
    let runtime = join(also(settings(&records, url))).await?;
    runtime.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn wrong_credentials_end_a_start_at_once_and_are_not_shown() {
    let nats = Nats::start_with("authorization { user: ann, password: right }").await;
    let with_login = |password: &str| nats.url().replace("://", &format!("://ann:{password}@"));
    for (url, password) in [(nats.url(), None), (with_login("wr0ng"), None), (nats.url(), Some("wr0ng"))] {
        let begun = Instant::now();
        let error = start(&url, |config| match password {
            Some(password) => {
                config.nats_auth_username(Some("ann".to_owned())).nats_auth_password(Some(password.into()))
            }
            None => config,
        })
        .await
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
        assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
        let shown = format!("{error:?}");
        assert!(shown.contains("NATS_AUTH_PASSWORD") && shown.contains(&nats.url()), "{shown}");
        assert!(!shown.contains("wr0ng"), "{shown}");
    }
    start(&with_login("right"), |config| config).await.unwrap();
}

#[tokio::test]
async fn every_kind_of_login_works() {
    let dynamos = Nats::start_with("authorization { user: user, password: user }").await;
    start(&dynamos.url(), |config| config).await.unwrap();
    let token = Nats::start_with("authorization { token: s3cret }").await;
    start(&token.url(), |config| config.nats_auth_token(Some("s3cret".into()))).await.unwrap();
    start(&token.url().replace("://", "://s3cret@"), |config| config).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_awaited_until_the_limit_and_then_named() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("nats://ann:s3cret@{nobody}");
    let begun = Instant::now();
    let limit = Duration::from_secs(1);
    let error = start(&url, |config| config.nats_startup_connect_timeout(limit)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!((limit..limit + AT_ONCE).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    let text = error.to_string();
    assert!(text.contains(&format!("nats://{nobody} (NATS_SERVER)")) && text.contains("1s"), "{text}");
    assert!(error.source().is_some() && !format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing_is_unreachable_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    let limit = Duration::from_millis(500);
    let begun = Instant::now();
    let error = start(&url, |config| config.nats_startup_connect_timeout(limit)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(begun.elapsed() < limit + AT_ONCE, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_server_that_comes_later_is_found() {
    let mut nats = Nats::start().await;
    let url = nats.url();
    nats.stop().await;
    let later = async {
        knock(nats.addr()).await;
        nats.start_again().await;
    };
    let (started, ()) =
        within(LIMIT, "the start", async { tokio::join!(start(&url, |config| config), later) }).await;
    started.unwrap();
}
