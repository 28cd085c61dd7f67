//! What is wrong with the settings is said at once, with the name of the variable.

use std::fs;

use dynamo_harness::{Finished, Program, Signal};
use tokio::time::Instant;

use crate::{AT_ONCE, Directory, LIMIT, check_greeting, start};

/// Runs a program that cannot start; what it says on its way out.
async fn refusal(program: Program, code: i32) -> String {
    let start = Instant::now();
    let Finished { status, stderr, .. } = program.run(LIMIT).await;
    assert_eq!(status.code(), Some(code), "{stderr}");
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    let said = stderr.find("error: ").unwrap_or_else(|| panic!("no error in {stderr}"));
    stderr[said..].to_owned()
}

/// Exit code 2, the variable and its value, and what it may be.
#[tokio::test]
async fn a_bad_value_is_refused_with_its_variable_and_what_it_may_be() {
    let cases = [
        ("DYN_REQUEST_PLANE", "http", "error: DYN_REQUEST_PLANE=http: expected tcp or nats"),
        ("DYN_DISCOVERY_BACKEND", "zk", "error: DYN_DISCOVERY_BACKEND=zk: expected etcd, file or mem"),
        ("DYN_REQUEST_PLANE_CODEC", "xml", "error: DYN_REQUEST_PLANE_CODEC=xml: expected msgpack or json"),
        (
            "DYN_TCP_RPC_PORT",
            "70000",
            "error: DYN_TCP_RPC_PORT=70000: expected a whole number from 0 to 65535",
        ),
        ("DYN_SDK_FILE_TTL_SECS", "-1", "error: DYN_SDK_FILE_TTL_SECS=-1: expected a number of seconds"),
        ("DYN_SDK_MAX_ATTEMPTS", "0", "error: DYN_SDK_MAX_ATTEMPTS is 0; it must be at least 1"),
        ("DYN_LOG", "dynamo_sdk=loud", "error: DYN_LOG=dynamo_sdk=loud: expected a filter such as info,"),
        ("DYN_LOGGING_JSONL", "perhaps", "error: DYN_LOGGING_JSONL=perhaps: expected true or false"),
        (
            "DYN_TCP_RPC_HOST",
            "nosuch0",
            "error: DYN_TCP_RPC_HOST=nosuch0: neither an IP address nor an interface",
        ),
        (
            "DYN_TCP_RESPONSE_STREAM_HOST",
            "nosuch0",
            "error: DYN_TCP_RESPONSE_STREAM_HOST=nosuch0: neither an IP",
        ),
        (
            "DYN_SDK_TCP_RPC_ADVERTISE",
            "0.0.0.0:1",
            "error: DYN_SDK_TCP_RPC_ADVERTISE=0.0.0.0:1: an unspecified address",
        ),
        (
            "DYN_SDK_TCP_RPC_ADVERTISE",
            "proxy:1",
            "error: DYN_SDK_TCP_RPC_ADVERTISE=proxy:1: expected an IP address",
        ),
        ("DYN_SDK_CONFIG", "/nosuch/file", "error: cannot read the settings in /nosuch/file"),
    ];
    let directory = Directory::new();
    for (variable, value, expected) in cases {
        for example in ["hello_server", "hello_client"] {
            let said = refusal(directory.program(example).env(variable, value), 2).await;
            assert!(said.starts_with(expected), "{example} with {variable}={value} said: {said}");
        }
    }
    assert_eq!(directory.records(), [""; 0]);
}

/// What is not built in is named, and how to get it.
#[tokio::test]
async fn what_is_not_built_in_is_refused_with_the_remedy() {
    let directory = Directory::new();
    for (variable, value, remedy) in [
        ("ETCD_ENDPOINTS", "http://localhost:2379", "--features etcd"),
        ("DYN_DISCOVERY_BACKEND", "etcd", "--features etcd"),
        ("DYN_REQUEST_PLANE", "nats", "--features nats"),
    ] {
        let said = refusal(directory.program("hello_server").env(variable, value), 2).await;
        assert!(said.contains(variable) && said.contains(remedy), "{said}");
    }
}

#[tokio::test]
async fn a_wrong_url_is_refused_at_once_with_its_variable() {
    let directory = Directory::new();
    let full = || directory.used_by(Program::example_full("hello_server"));
    for url in ["localhost:2379", "ftp://x", "http://", "http://a b"] {
        let said = refusal(full().env("ETCD_ENDPOINTS", url), 2).await;
        assert!(
            said.contains("ETCD_ENDPOINTS") && said.contains(url) && said.contains("http://HOST:PORT"),
            "{said}"
        );
    }
    for url in ["localhost:4222", "http://x"] {
        let said = refusal(full().env("DYN_REQUEST_PLANE", "nats").env("NATS_SERVER", url), 2).await;
        assert!(
            said.contains("NATS_SERVER") && said.contains(url) && said.contains("nats://HOST:PORT"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_slip_in_a_name_is_a_warning_with_a_suggestion() {
    let directory = Directory::new();
    let program =
        directory.program("hello_world").env("DYN_REQEST_PLANE", "nats").env("DYN_SYSTEM_PORT", "1");
    let Finished { status, stderr, .. } = program.run(LIMIT).await;
    assert!(status.success(), "{stderr}");
    let warnings: Vec<&str> = stderr.lines().filter(|line| line.contains("WARN")).collect();
    let [warning] = warnings[..] else { panic!("{warnings:#?}") };
    assert!(
        warning.contains("DYN_REQEST_PLANE") && warning.contains("did you mean DYN_REQUEST_PLANE?"),
        "{warning}"
    );
}

#[tokio::test]
async fn the_settings_are_one_line_without_secrets() {
    let directory = Directory::new();
    let program = directory
        .program("hello_world")
        .env("ETCD_AUTH_PASSWORD", "hunter1")
        .env("NATS_AUTH_PASSWORD", "hunter2")
        .env("NATS_AUTH_TOKEN", "hunter3")
        .env("NATS_SERVER", "nats://me:hunter4@localhost:4222")
        .env("DYN_LOG", "trace");
    let Finished { status, stdout, stderr } = program.run(LIMIT).await;
    assert!(status.success(), "{stderr}");
    let lines: Vec<&str> = stderr.lines().filter(|line| line.contains("settings:")).collect();
    let [line] = lines[..] else { panic!("{lines:#?}") };
    for expected in [
        "INFO",
        "discovery=file",
        "DYN_REQUEST_PLANE=tcp",
        "DYN_SDK_FILE_TTL_SECS=2",
        "DYN_SDK_MAX_ATTEMPTS=3",
        "NATS_AUTH_TOKEN=***",
        "localhost:4222",
    ] {
        assert!(line.contains(expected), "no {expected} in {line}");
    }
    assert!(!stderr.contains("hunter") && !stdout.contains("hunter"), "{stderr}");
}

/// Nor does an error show them.
#[tokio::test]
async fn a_refused_url_does_not_show_its_password() {
    let directory = Directory::new();
    let program = directory.used_by(Program::example_full("hello_server"));
    let said = refusal(program.env("ETCD_ENDPOINTS", "ftp://me:hunter1@host"), 2).await;
    assert!(said.contains("ETCD_ENDPOINTS") && !said.contains("hunter"), "{said}");
}

#[tokio::test]
async fn a_file_of_settings_is_read_and_the_environment_wins() {
    let directory = Directory::new();
    let file = directory.path().join("settings.toml");
    fs::write(&file, "max_attempts = 7\nnum_worker_threads = 3\nlogging_jsonl = true\n").unwrap();
    let program =
        directory.program("hello_world").env("DYN_SDK_CONFIG", &file).env("DYN_SDK_MAX_ATTEMPTS", "5");
    let Finished { status, stderr, .. } = program.run(LIMIT).await;
    assert!(status.success(), "{stderr}");
    let line = stderr.lines().find(|line| line.contains("settings:")).unwrap();
    assert!(line.starts_with('{') && line.contains("DYN_LOGGING_JSONL=true"), "{line}");
    assert!(
        line.contains("DYN_SDK_MAX_ATTEMPTS=5") && line.contains("DYN_RUNTIME_NUM_WORKER_THREADS=3"),
        "{line}"
    );

    fs::write(&file, "request_plane = \"http\"").unwrap();
    let said = refusal(directory.program("hello_world").env("DYN_SDK_CONFIG", &file), 2).await;
    let expected = format!("error: {}: request_plane = http: expected tcp or nats", file.display());
    assert_eq!(said, expected);
    fs::write(&file, "request_plane = ").unwrap();
    let said = refusal(directory.program("hello_world").env("DYN_SDK_CONFIG", &file), 2).await;
    assert!(said.contains("settings.toml are not TOML"), "{said}");
    fs::write(&file, "requst_plane = \"tcp\"").unwrap();
    let Finished { stderr, .. } =
        directory.program("hello_world").env("DYN_SDK_CONFIG", &file).run(LIMIT).await;
    assert!(
        stderr.contains("the key requst_plane is not known and has no effect; did you mean request_plane?")
    );
}

/// A directory that cannot be used is a matter of settings.
#[tokio::test]
async fn a_directory_that_cannot_be_used_is_named_with_its_variable() {
    let directory = Directory::new();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let said = refusal(directory.program("hello_server").env("DYN_FILE_KV", &file), 2).await;
    assert!(said.contains("DYN_FILE_KV") && said.contains("file"), "{said}");
}

/// Whether a port is free shows when it is needed, so that this is an error of `main`.
#[tokio::test]
async fn a_taken_port_is_named_with_its_variable() {
    let directory = Directory::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = refusal(directory.program("hello_server").env("DYN_TCP_RPC_PORT", port.to_string()), 1).await;
    assert!(said.contains(&format!("127.0.0.1:{port}")) && said.contains("DYN_TCP_RPC_"), "{said}");
}

/// The port and host that are set are those that are registered.
#[tokio::test]
async fn a_chosen_port_is_used_again_after_a_restart() {
    let directory = Directory::new();
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port().to_string()
    };
    for _ in 0..2 {
        let program =
            directory.program("hello_server").env("DYN_TCP_RPC_HOST", "lo").env("DYN_TCP_RPC_PORT", &port);
        let mut server = start(program).await;
        assert!(server.stderr().iter().any(|line| line.contains(&format!("127.0.0.1:{port}"))));
        check_greeting(&directory.client().await).await;
        server.signal(Signal::TERM);
        assert_eq!(server.wait(AT_ONCE).await.code(), Some(0));
    }
}
