//! Components and what they call, as a drawing.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Description, Shape};
use crate::names::ComponentId;

/// The components and who calls whom, as a [Mermaid](https://mermaid.js.org) flowchart. Components that are only named as
/// dependencies are drawn without endpoints.
#[must_use]
pub fn mermaid(components: &[Description]) -> String {
    // Mermaid's own ids are numbers: a name with `-` or one such as `end` would be read as something else.
    let mut ids: BTreeMap<&ComponentId, usize> = BTreeMap::new();
    for component in components {
        for id in std::iter::once(&component.component).chain(&component.dependencies) {
            let next = ids.len();
            ids.entry(id).or_insert(next);
        }
    }
    let mut nodes: Vec<_> = ids.iter().map(|(id, number)| (*number, *id)).collect();
    nodes.sort_unstable();
    let mut text = String::from("flowchart LR\n");
    for (number, id) in nodes {
        let mut label = id.to_string();
        for endpoint in components.iter().filter(|other| other.component == *id).flat_map(|c| &c.endpoints) {
            let shape = match endpoint.shape {
                Shape::Unary => "",
                Shape::Stream => " ⇉",
                Shape::ClientStream => " ⇇",
                Shape::Bidirectional => " ⇄",
            };
            label.push_str("<br/>");
            label.push_str(endpoint.name.as_str());
            label.push_str(shape);
        }
        // Writing to a text does not fail.
        let _ = writeln!(text, "    c{number}[\"{label}\"]");
    }
    for component in components {
        for dependency in &component.dependencies {
            let _ = writeln!(text, "    c{} --> c{}", ids[&component.component], ids[dependency]);
        }
    }
    text
}
