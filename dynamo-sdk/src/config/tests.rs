use std::time::Duration;

use super::*;
use crate::error::ErrorKind;

fn with(environment: &[(&str, &str)], file: &str) -> Result<Config> {
    ConfigBuilder::over(Layers::of(environment, file)?).build()
}

fn refusal(environment: &[(&str, &str)]) -> String {
    let error = with(environment, "").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    error.to_string()
}

#[test]
fn builder_wins_over_environment_over_file_over_default() {
    let file = "tcp_rpc_port = 1\ntcp_pool_size = 2\nmax_item_size = 3\nnats_server = \"nats://x:1\"";
    let environment = [("DYN_TCP_RPC_PORT", "10"), ("DYN_TCP_POOL_SIZE", "20")];
    let layers = Layers::of(&environment, file).unwrap();
    let config = ConfigBuilder::over(layers).tcp_rpc_port(100_u16).build().unwrap();
    assert_eq!(config.request.tcp_rpc_port, 100);
    assert_eq!(config.request.tcp_pool_size, 20);
    assert_eq!(config.response.max_item_size, 3);
    assert_eq!(config.request.tcp_channel_buffer, 1024);
}

#[test]
fn without_settings_no_server_is_needed() {
    let config = Config::builder().build().unwrap();
    assert_eq!(config.discovery(), DiscoveryBackend::File);
    assert_eq!(config.request.request_plane, RequestPlane::Tcp);
}

#[cfg(feature = "etcd")]
#[test]
fn etcd_endpoints_alone_choose_etcd() {
    let config = with(&[("ETCD_ENDPOINTS", "http://a:1, http://b:2")], "").unwrap();
    assert_eq!(config.discovery(), DiscoveryBackend::Etcd);
    assert_eq!(config.discovery.etcd_urls().to_string(), "http://a:1,http://b:2");
    let config = with(&[("ETCD_ENDPOINTS", "http://a:1"), ("DYN_DISCOVERY_BACKEND", "mem")], "").unwrap();
    assert_eq!(config.discovery(), DiscoveryBackend::Memory);
    assert!(
        refusal(&[("ETCD_ENDPOINTS", "localhost:2379")])
            .contains("ETCD_ENDPOINTS: \"localhost:2379\" is not a URL")
    );
    assert!(
        refusal(&[("ETCD_ENDPOINTS", "http://a:1"), ("ETCD_AUTH_USERNAME", "u")])
            .contains("ETCD_AUTH_PASSWORD")
    );
}

#[test]
fn a_bad_value_names_the_variable_and_what_it_may_be() {
    assert_eq!(refusal(&[("DYN_REQUEST_PLANE", "http")]), "DYN_REQUEST_PLANE=http: expected tcp or nats");
    assert_eq!(
        refusal(&[("DYN_TCP_RPC_PORT", "99999")]),
        "DYN_TCP_RPC_PORT=99999: expected a whole number from 0 to 65535"
    );
    assert_eq!(
        refusal(&[("ETCD_LEASE_TTL", "-1")]),
        "ETCD_LEASE_TTL=-1: expected a number of seconds, such as 5 or 0.25"
    );
    assert!(refusal(&[("ETCD_LEASE_TTL", "0")]).contains("ETCD_LEASE_TTL is 0 seconds"));
    assert!(refusal(&[("DYN_TCP_POOL_SIZE", "0")]).contains("DYN_TCP_POOL_SIZE is 0"));
    let error = with(&[], "request_plane = \"smoke\"").unwrap_err();
    assert_eq!(error.to_string(), "test.toml: request_plane = smoke: expected tcp or nats");
    assert!(with(&[], "= broken").unwrap_err().to_string().contains("test.toml are not TOML"));
}

#[test]
fn a_slip_of_the_keyboard_is_a_warning_with_a_suggestion() {
    let config = with(
        &[
            ("DYN_REQUEST_PLAIN", "nats"),
            ("ETCD_ENDPOINT", "http://a:1"),
            ("DYN_SOMETHING_ELSE_ALTOGETHER", "1"),
        ],
        "tcp_pol_size = 1",
    )
    .unwrap();
    assert_eq!(config.warnings.len(), 3, "{:?}", config.warnings);
    assert!(
        config.warnings[0].contains("DYN_REQUEST_PLAIN") && config.warnings[0].contains("DYN_REQUEST_PLANE?")
    );
    assert!(config.warnings[1].contains("ETCD_ENDPOINTS?"));
    assert!(config.warnings[2].contains("tcp_pool_size"));
}

#[test]
fn a_secret_is_never_shown() {
    let config = with(&[("NATS_AUTH_TOKEN", "hush")], "").unwrap();
    assert_eq!(config.nats.nats_auth_token.as_ref().unwrap().expose(), "hush");
    assert!(!format!("{config:?} {:?}", config.effective()).contains("hush"));
    let config = with(
        &[
            ("DYN_DISCOVERY_BACKEND", "file"),
            ("NATS_SERVER", "nats://ann:hush@a:1,nats://hush@b"),
            ("ETCD_ENDPOINTS", "http://ann:hush@c:1"),
        ],
        "",
    )
    .unwrap();
    let shown = format!("{config:?}");
    assert!(shown.contains("nats://***@a:1,nats://***@b") && shown.contains("http://***@c:1"), "{shown}");
    assert!(!shown.contains("hush"));
    let wrong = [("NATS_SERVER", "http://ann:hush@a:1"), ("DYN_REQUEST_PLANE", "nats")];
    assert!(!with(&wrong, "").unwrap_err().to_string().contains("hush"));
}

#[test]
fn durations_may_have_decimals() {
    let config = with(&[("DYN_SDK_SHUTDOWN_CONVERGE_SECS", "0.5")], "").unwrap();
    assert_eq!(config.runtime.shutdown_converge, Duration::from_millis(500));
}

/// The table in docs/operations/settings.md is generated from the code. If they differ, the failure names a
/// file with the up-to-date page.
#[test]
fn the_page_of_settings_lists_every_setting() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations/settings.md");
    let text = std::fs::read_to_string(page).unwrap();
    let mut table = String::from("<!-- settings -->\n| variable | default | meaning |\n|---|---|---|\n");
    for (variable, default, meaning) in Config::table() {
        table.push_str(&format!("| `{variable}` | {default} | {meaning} |\n"));
    }
    table.push_str("<!-- /settings -->");
    if !text.contains(&table) {
        let (before, rest) = text.split_once("<!-- settings -->").unwrap();
        let (_, after) = rest.split_once("<!-- /settings -->").unwrap();
        let fresh = std::env::temp_dir().join("dynamo-sdk-settings.md");
        std::fs::write(&fresh, format!("{before}{table}{after}")).unwrap();
        panic!("docs/operations/settings.md is out of date; the right one is in {}", fresh.display());
    }
}

fn plane(also: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> EventPlane {
    also(Config::builder()).build().unwrap().event_plane()
}

#[test]
fn the_default_plane_needs_no_server_and_reaches_all_publishers() {
    assert_eq!(plane(|config| config), EventPlane::Zmq);
    assert_eq!(plane(|config| config.discovery_backend(DiscoveryBackend::Etcd)), EventPlane::Zmq);
    assert_eq!(plane(|config| config.discovery_backend(DiscoveryBackend::Memory)), EventPlane::Memory);
    assert_eq!(plane(|config| config.event_plane(EventPlane::Nats)), EventPlane::Nats);
}
