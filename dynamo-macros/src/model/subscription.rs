//! A subscription of a component.

use std::rc::Rc;

use proc_macro2::Ident;
use syn::{LitStr, Type};

use super::carried::Carried;

/// One `#[subscribe]` on a method.
pub(crate) struct Subscription {
    pub(crate) topic: LitStr,
    pub(crate) channel: Channel,
    pub(crate) method: Ident,
    pub(crate) carried: Rc<Carried>,
    /// The payload of the events.
    pub(crate) payload: Type,
    /// Whether the method takes the event, and not its payload alone.
    pub(crate) takes_event: bool,
    /// Its return type, if it is written out.
    pub(crate) output: Option<Type>,
}

/// Who publishes the events. Absent names are those of the component.
pub(crate) struct Channel {
    pub(crate) namespace: Option<LitStr>,
    pub(crate) component: Option<LitStr>,
    pub(crate) endpoint: Option<LitStr>,
    pub(crate) whole_namespace: bool,
}
