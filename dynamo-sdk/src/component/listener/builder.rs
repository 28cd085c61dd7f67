//! The builder returned by `Mount::subscribe`, as called by generated code.

use std::fmt;
use std::sync::Arc;

use crate::component::listener::listeners::Listeners;
use crate::component::listener::reply::EventPayload;
use crate::component::listener::spec::ListenSpec;
use crate::component::listener::subscription::{EventHandler, OpenSubscription, opener};
use crate::describe::type_info::TypeInfo;

/// A typed subscription that still needs its handler.
#[must_use = "a subscription without a handler is not mounted"]
pub struct ListenBuilder<'a, C, T> {
    listeners: &'a mut Listeners,
    topic: &'static str,
    payload: TypeInfo,
    /// Built where `T` is known to decode, so that the compiler reports a violation only once.
    open: Box<dyn FnOnce(EventHandler<C, T>) -> Option<OpenSubscription> + 'a>,
}

impl<'a, C: Send + Sync + 'static, T: EventPayload> ListenBuilder<'a, C, T> {
    /// Subscribes to `topic` of the component itself. `component` is `None` for a description.
    pub(crate) fn new(listeners: &'a mut Listeners, component: Option<Arc<C>>, topic: &'static str) -> Self {
        let open = |handler| component.map(|component| opener(component, handler));
        Self { listeners, topic, payload: TypeInfo::of::<T>(), open: Box::new(open) }
    }
}

impl<'a, C, T> ListenBuilder<'a, C, T> {
    /// Adds the subscription.
    pub fn handler(self, handler: EventHandler<C, T>) -> &'a mut ListenSpec {
        self.listeners.add(ListenSpec::new(self.topic, self.payload, (self.open)(handler)))
    }
}

impl<C, T> fmt::Debug for ListenBuilder<'_, C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenBuilder").field("topic", &self.topic).finish_non_exhaustive()
    }
}
