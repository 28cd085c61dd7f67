//! Which errors of a prologue are typed.

use crate::wire::error_object::{ErrorObject, reason_of};

impl ErrorObject {
    /// Returns whether the object of a prologue carries an error kind. Dynamo skips objects that do not.
    pub(in crate::wire) fn is_typed(&self) -> bool {
        self.class.is_some() || self.error_type.as_ref().is_some_and(|name| reason_of(name).is_some())
    }
}
