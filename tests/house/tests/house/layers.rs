//! Arrows point downwards, and no circle has more than two files.

use dynamo_house::{Krate, Layers, arrows, circles};

use crate::{macros, sdk};

/// The rooms of the SDK, the lowest first. A room uses rooms below it.
const SDK: Layers<'_> = Layers(&[
    "clock",
    "sync",
    "address",
    "error",
    "observe",
    "wire",
    "config",
    "runtime",
    "engine",
    "pipeline",
    "discovery",
    "describe",
    "service",
    "transport",
    "layer",
    "events",
    "node",
    "router",
    "client",
    "component",
    "server",
    "handles",
    "process",
    "macro_support",
    "prelude",
]);

/// The stages of the macro crate, the lowest first.
const MACROS: Layers<'_> =
    Layers(&["errors", "names", "syntax", "model", "attr", "read", "check", "expand", "driver"]);

/// What a stage of the macro crate may use beside itself, where that is less than all below it.
const STAGES: [(&str, &[&str]); 3] =
    [("model", &[]), ("check", &["errors", "model", "syntax"]), ("expand", &["model", "syntax"])];

fn assert_downwards(layers: Layers<'_>, krate: &Krate) {
    let wrong: Vec<String> = layers.violations(krate).iter().map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "arrows that point upwards:\n{}", wrong.join("\n"));
}

fn assert_no_large_circle(krate: &Krate) {
    let large: Vec<_> = circles(krate).into_iter().filter(|circle| circle.len() > 2).collect();
    assert!(large.is_empty(), "circles of more than two files: {large:#?}");
}

#[test]
fn arrows_point_downwards() {
    assert_downwards(SDK, &sdk());
    assert_downwards(MACROS, &macros());
}

#[test]
fn a_stage_of_the_macros_does_not_look_back() {
    for arrow in arrows(&macros()) {
        let Some((_, allowed)) = STAGES.iter().find(|(room, _)| *room == arrow.from_room) else { continue };
        assert!(arrow.from_room == arrow.to_room || allowed.contains(&arrow.to_room.as_str()), "{arrow}");
    }
}

#[test]
fn no_circle_has_more_than_two_files() {
    assert_no_large_circle(&sdk());
    assert_no_large_circle(&macros());
}

#[test]
fn an_arrow_that_is_turned_is_found_however_it_is_written() {
    let low = "pub struct Low;";
    for high in [
        "use crate::low::Low;",
        "fn f(_: crate::low::Low) {}",
        "mod inside { fn f() { let _ = crate::low::Low; } }",
        "use super::low::{self, Low};",
    ] {
        let layers = Layers(&["low", "high"]);
        assert_eq!(layers.violations(&Krate::from_texts(&[("low.rs", low), ("high.rs", high)])), []);
        let turned = high.replace("low", "high");
        let krate = Krate::from_texts(&[("high.rs", "pub struct Low;"), ("low.rs", &turned)]);
        let found = layers.violations(&krate);
        assert_eq!(found.len(), if high.contains("self") { 2 } else { 1 }, "{high}: {found:?}");
        assert_eq!((found[0].from.as_str(), found[0].to.as_str()), ("low.rs", "high.rs"));
    }
}

#[test]
fn an_arrow_is_followed_through_a_re_export() {
    let files = [
        ("low.rs", "pub use crate::high::Thing;"),
        ("middle.rs", "use crate::low::Thing;"),
        ("high.rs", "pub struct Thing;"),
    ];
    let found = Layers(&["low", "middle", "high"]).violations(&Krate::from_texts(&files));
    let found: Vec<_> = found.iter().map(|arrow| (arrow.from.as_str(), arrow.to.as_str())).collect();
    assert_eq!(found, [("low.rs", "high.rs"), ("middle.rs", "high.rs")]);
}

#[test]
fn a_circle_of_three_is_found_and_tests_do_not_count() {
    let circle = [
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "fn f(_: crate::a::A) {} pub struct C;"),
    ];
    assert_eq!(circles(&Krate::from_texts(&circle)), [["a.rs", "b.rs", "c.rs"]]);
    let open = [circle[0], circle[1], ("c.rs", "pub struct C; #[cfg(test)] mod tests { use crate::a::A; }")];
    assert_eq!(circles(&Krate::from_texts(&open)), Vec::<Vec<String>>::new());
}
