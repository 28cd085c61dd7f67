//! Names: the rule, the default and the nearest key.

use crate::names::{fault, nearest, snake_case, valid};

/// Both crates have the rule, as a macro crate cannot share it. This test keeps the two equal.
#[test]
fn a_name_is_valid_here_where_it_is_in_the_sdk() {
    const ALPHABET: [char; 12] = ['a', 'z', 'k', '0', '9', '-', '_', 'A', '.', ' ', 'é', '/'];
    let (mut state, mut valid) = (0x9e37_79b9_7f4a_7c15_u64, 0);
    for _ in 0..20_000 {
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below
        };
        // Mostly of good characters, or hardly a long name would be valid.
        let (len, wild) = (random(70), random(3) == 0);
        let name: String = (0..len).map(|_| ALPHABET[random(if wild { 12 } else { 7 })]).collect();
        let accepted = dynamo_sdk::address::ComponentName::new(&*name).is_ok();
        assert_eq!(fault(&name).is_none(), accepted, "{name:?}");
        valid += u32::from(accepted);
    }
    assert!((2_000..18_000).contains(&valid), "{valid} of the names were valid");
}

#[test]
fn a_name_is_the_one_that_the_sdk_accepts() {
    for good in ["a", "0", "echo", "a-b_c", "9lives", &"x".repeat(63)] {
        assert!(fault(good).is_none(), "{good}");
    }
    for bad in ["", "-a", "_a", "Echo", "ec ho", "a.b", "a/b", "é", &"x".repeat(64)] {
        assert!(fault(bad).is_some(), "{bad}");
    }
    let fault = fault("ec ho").unwrap();
    assert_eq!((&*fault.why, fault.at), ("' ' at position 2 is not allowed", Some(2)));
}

#[test]
fn the_nearest_valid_name_is_one_and_is_near() {
    for (bad, near) in [
        ("Say it", Some("say_it")),
        ("sayIt", Some("say_it")),
        ("_tail", Some("tail")),
        ("demo.sub/x", Some("demo_sub_x")),
        ("über", Some("ber")),
        ("", None),
        ("…", None),
    ] {
        assert_eq!(valid(bad).as_deref(), near, "{bad}");
    }
    for bad in ["x".repeat(80), "é-a".repeat(30), format!("{}__", "y".repeat(62)), "- -a".to_owned()] {
        assert!(valid(&bad).is_some_and(|near| fault(&near).is_none()), "{bad}");
    }
}

#[test]
fn a_type_is_named_in_snake_case() {
    for (ty, name) in [
        ("Echo", "echo"),
        ("EchoServer", "echo_server"),
        ("HTTPServer", "http_server"),
        ("Llama3Worker", "llama3_worker"),
        ("r#Type", "type"),
    ] {
        assert_eq!(snake_case(&syn::parse_str(ty).unwrap()).value(), name);
    }
}

#[test]
fn a_typing_error_is_recognised_and_another_word_is_not() {
    let known = ["namespace", "name", "crate"];
    for (word, near) in [("namspace", Some("namespace")), ("nme", Some("name")), ("timeout", None)] {
        assert_eq!(nearest(word, known.into_iter()), near, "{word}");
    }
}
