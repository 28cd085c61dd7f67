//! Renders components and their dependencies as a diagram.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::address::ids::ComponentId;
use crate::address::names::TopicName;
use crate::describe::{Description, Shape};

/// Renders components and their dependencies as a [Mermaid](https://mermaid.js.org) flowchart. A dashed
/// arrow, labeled with the topic, leads from a component to a subscriber of its events; events of a
/// whole namespace have no arrow. Components that appear only as dependencies or event sources are drawn
/// without endpoints.
#[must_use]
pub fn mermaid(components: &[Description]) -> String {
    // Mermaid node ids are numbers: Mermaid misparses a name with `-`, or a keyword such as `end`.
    let mut ids: BTreeMap<ComponentId, usize> = BTreeMap::new();
    for component in components {
        let own = std::iter::once(component.component.clone());
        let heard = heard(component).map(|(from, _)| from);
        for id in own.chain(component.dependencies.iter().cloned()).chain(heard) {
            let next = ids.len();
            ids.entry(id).or_insert(next);
        }
    }
    let mut nodes: Vec<_> = ids.iter().map(|(id, number)| (*number, id)).collect();
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
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    c{number}[\"{label}\"]");
    }
    for component in components {
        for dependency in &component.dependencies {
            let _ = writeln!(text, "    c{} --> c{}", ids[&component.component], ids[dependency]);
        }
        for (from, topic) in heard(component) {
            let _ = writeln!(text, "    c{} -. {topic} .-> c{}", ids[&from], ids[&component.component]);
        }
    }
    text
}

/// Returns the other components whose events a component subscribes to, with their topics.
fn heard(component: &Description) -> impl Iterator<Item = (ComponentId, &TopicName)> {
    component.subscriptions.iter().filter_map(|subscription| {
        let from = subscription.scope.component().filter(|from| *from != component.component)?;
        Some((from, &subscription.topic))
    })
}
