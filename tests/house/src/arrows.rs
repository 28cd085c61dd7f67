//! Arrows between modules, and the layers that they have to respect.

use std::fmt;

use crate::krate::Krate;

/// One use of another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    /// The file that names something.
    pub from: String,
    /// The room of that file.
    pub from_room: String,
    /// The file that defines it.
    pub to: String,
    /// The room of that file.
    pub to_room: String,
    /// What is named.
    pub name: String,
    /// Whether it is only handed on, by a `pub use`.
    pub is_re_export: bool,
}

impl fmt::Display for Arrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} uses {} of {}", self.from, self.name, self.to)
    }
}

/// The arrows of a crate, followed through re-exports to the defining file.
#[must_use]
pub fn arrows(krate: &Krate) -> Vec<Arrow> {
    let mut found = Vec::new();
    for module in krate.modules.values() {
        let imports = krate.imports(module).into_iter().map(|import| (import.path, import.is_public));
        let inline = krate.inline_paths(module).into_iter().map(|path| (path, false));
        for (path, is_re_export) in imports.chain(inline) {
            let Some((target, rest)) = krate.resolve(&path) else { continue };
            if target.path == module.path {
                continue;
            }
            found.push(Arrow {
                from: module.file.display().to_string(),
                from_room: module.room().to_owned(),
                to: target.file.display().to_string(),
                to_room: target.room().to_owned(),
                name: rest.first().or(target.path.last()).cloned().unwrap_or_default(),
                is_re_export,
            });
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The rooms of a crate, the lowest first. Its root stands above all of them.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a>(pub &'a [&'a str]);

impl Layers<'_> {
    /// The arrows that point upwards.
    ///
    /// # Panics
    /// If a room of the crate has no layer, or a layer no room: the list is then out of date.
    #[must_use]
    pub fn violations(&self, krate: &Krate) -> Vec<Arrow> {
        for module in krate.modules.values().filter(|module| !module.path.is_empty()) {
            assert!(
                self.0.contains(&module.room()),
                "`{}` is in no layer: give its room a rank",
                module.room()
            );
        }
        for room in self.0 {
            let exists = krate.modules.values().any(|module| module.room() == *room);
            assert!(exists, "the layer `{room}` has no room: remove it from the list");
        }
        let rank = |room: &str| self.0.iter().position(|known| *known == room).unwrap_or(self.0.len());
        arrows(krate).into_iter().filter(|arrow| rank(&arrow.to_room) > rank(&arrow.from_room)).collect()
    }
}
