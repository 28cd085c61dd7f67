//! Typed slots shared by the handlers of one request, and the stages that it passed.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, OnceLock};

use crate::sync::Lock;

/// Allocated on first use: most requests have no slots.
#[derive(Default)]
pub(super) struct Slots(OnceLock<Box<Lock<Content>>>);

#[derive(Default)]
struct Content {
    shared: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    /// Taken by a single owner, and therefore without `Sync`.
    unique: HashMap<TypeId, Box<dyn Any + Send>>,
    stages: Vec<Cow<'static, str>>,
}

impl Slots {
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.get_or_init(Box::default).lock()
    }

    /// Returns the content if it was ever allocated.
    fn look(&self) -> Option<MutexGuard<'_, Content>> {
        Some(self.0.get()?.lock())
    }

    pub(super) fn insert<V: Send + Sync + 'static>(&self, value: V) -> Option<Arc<V>> {
        // The replaced value is dropped after the lock is released, because its destructor may use the
        // context.
        let old = self.lock().shared.insert(TypeId::of::<V>(), Arc::new(value));
        old?.downcast().ok()
    }

    pub(super) fn get<V: Send + Sync + 'static>(&self) -> Option<Arc<V>> {
        let value = Arc::clone(self.look()?.shared.get(&TypeId::of::<V>())?);
        value.downcast().ok()
    }

    pub(super) fn put<V: Send + 'static>(&self, value: V) -> Option<V> {
        let old = self.lock().unique.insert(TypeId::of::<V>(), Box::new(value));
        old?.downcast().ok().map(|value| *value)
    }

    pub(super) fn take<V: Send + 'static>(&self) -> Option<V> {
        let value = self.look()?.unique.remove(&TypeId::of::<V>());
        value?.downcast().ok().map(|value| *value)
    }

    pub(super) fn pass(&self, stage: Cow<'static, str>) {
        self.lock().stages.push(stage);
    }

    pub(super) fn stages(&self) -> Vec<Cow<'static, str>> {
        self.look().map_or_else(Vec::new, |content| content.stages.clone())
    }
}
