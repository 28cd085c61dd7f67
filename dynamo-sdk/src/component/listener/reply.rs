//! Parameters and return types of `#[subscribe]` methods.

use std::future::Future;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;

use crate::error::BoxError;

/// The return type of a `#[subscribe]` method: nothing, or `Result<(), E>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the event was handled",
    label = "a method that hears events returns nothing or `Result<(), E>`, with an error that converts into `BoxError`",
    note = "an error converts if it implements `std::error::Error`; a `String` and a `&str` do as well"
)]
pub trait IntoEventResult: Send + 'static {
    /// Converts the return value into a `Result`.
    ///
    /// # Errors
    /// The error that the method returned.
    fn handled(self) -> Result<(), BoxError>;
}

impl IntoEventResult for () {
    fn handled(self) -> Result<(), BoxError> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError> + Send + 'static> IntoEventResult for Result<(), E> {
    fn handled(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// The payload parameter of a `#[subscribe]` method: any type that implements `serde::Deserialize` and owns
/// its data.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be decoded from an event",
    label = "this type needs `serde::Deserialize`",
    note = "add `#[derive(serde::Deserialize)]` to it; it must also be `Send` and own its data",
    note = "a method that hears events takes `event: Event<T>`, or the payload `T` alone"
)]
pub trait EventPayload: DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> EventPayload for T {}

/// Receives the result of a method that handles an event. Dropping the returned future drops the method.
#[derive(Debug)]
pub struct EventReply(pub(super) ());

impl EventReply {
    /// Runs the method and returns its result.
    pub fn handled<'a, R: IntoEventResult>(
        self,
        method: impl Future<Output = R> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        method.map(IntoEventResult::handled).boxed()
    }
}
