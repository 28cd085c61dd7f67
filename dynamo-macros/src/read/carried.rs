//! Collects the attributes of a method that generated code repeats.

use syn::Attribute;

use crate::model::carried::Carried;
use crate::syntax::attributes::{copied, has};
use crate::syntax::docs::docs;

pub(super) fn read(attributes: &[Attribute]) -> Carried {
    Carried {
        cfg: copied(attributes, &["cfg"]),
        docs: docs(attributes),
        client: copied(attributes, &["doc", "cfg", "deprecated"]),
        is_documented: has(attributes, "doc"),
    }
}
