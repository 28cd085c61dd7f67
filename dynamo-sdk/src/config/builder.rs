//! The builder: values set in code, which override environment, file and default.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::config::layers::Layers;
use crate::config::value::Value;
use crate::error::Result;

/// Collects settings made in code. They override environment and file.
///
/// Each group of settings adds its own setters.
#[derive(Clone, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct ConfigBuilder {
    layers: Layers,
    /// Values from setters, by name of the setting.
    set: BTreeMap<&'static str, Arc<dyn Any + Send + Sync>>,
}

impl ConfigBuilder {
    /// Creates a builder over `layers`.
    pub(super) fn over(layers: Layers) -> Self {
        Self { layers, set: BTreeMap::new() }
    }

    pub(super) fn set<T: Any + Send + Sync>(mut self, key: &'static str, value: T) -> Self {
        self.set.insert(key, Arc::new(value));
        self
    }

    /// Returns the effective value.
    ///
    /// # Errors
    /// If the text of a variable or file does not parse as the type of the setting.
    pub(super) fn resolve<T>(&self, variable: &str, key: &str, default: impl FnOnce() -> T) -> Result<T>
    where
        T: Value + Clone + Any,
    {
        if let Some(value) = self.set.get(key).and_then(|value| value.downcast_ref::<T>()) {
            return Ok(value.clone());
        }
        Ok(self.layers.get(variable, key)?.unwrap_or_else(default))
    }

    pub(super) fn layers(&self) -> &Layers {
        &self.layers
    }
}

impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigBuilder").finish_non_exhaustive()
    }
}
