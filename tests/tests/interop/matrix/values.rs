//! One value of every kind, the same as in `peer.py`.

use serde_json::{Value, json};

pub(crate) fn values() -> Value {
    json!({
        "null": null, "true": true, "false": false, "zero": 0, "one": 1, "minus one": -1,
        "u64": u64::MAX, "above i64": (1_u64 << 63) + 5, "i64": i64::MIN, "i64 max": i64::MAX,
        "u32": 1_u64 << 32, "i32": i32::MIN,
        "half": 0.5, "minus": -1.25, "tiny": 5e-324, "huge": f64::MAX, "third": 1.0 / 3.0,
        "large": 9_007_199_254_740_992.0,
        "empty": "", "unicode": "h\u{e9}llo \u{4e2d}\u{6587} \u{1f980} \u{0} \"\\\n", "long": "x".repeat(70_000),
        "list": [], "lists": [1, [2, [3, []]]], "map": {}, "maps": { "a": { "b": { "": [] } } }, "\u{fc}ber": 1,
    })
}

/// The members, in the order in which Python has them.
pub(crate) fn members() -> Vec<Value> {
    const ORDER: [&str; 26] = [
        "null",
        "true",
        "false",
        "zero",
        "one",
        "minus one",
        "u64",
        "above i64",
        "i64",
        "i64 max",
        "u32",
        "i32",
        "half",
        "minus",
        "tiny",
        "huge",
        "third",
        "large",
        "empty",
        "unicode",
        "long",
        "list",
        "lists",
        "map",
        "maps",
        "\u{fc}ber",
    ];
    let values = values();
    assert_eq!(values.as_object().map(serde_json::Map::len), Some(ORDER.len()));
    ORDER.iter().map(|name| values[name].clone()).collect()
}
