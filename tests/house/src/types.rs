//! Which types a crate defines, and where.

use std::collections::{BTreeMap, BTreeSet};

use syn::Item;

use crate::krate::Krate;

/// The rooms that define a type of each name: structs, enums, traits and aliases.
#[must_use]
pub fn type_names(krate: &Krate) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in krate.modules.values() {
        for item in &module.items {
            let name = match item {
                Item::Struct(item) => &item.ident,
                Item::Enum(item) => &item.ident,
                Item::Trait(item) => &item.ident,
                Item::Type(item) => &item.ident,
                _ => continue,
            };
            found.entry(name.to_string()).or_default().insert(module.room().to_owned());
        }
    }
    found
}
