//! The start of an admitted call: in the task of its caller, or in a spawned one.

use crate::engine::context::Context;
use crate::error::endpoint::EndpointError;
use crate::service::cancellation::Cancellation;
use crate::service::contained::Contained;
use crate::service::endpoint::Admission;
use crate::service::input::RequestInput;
use crate::service::running::{Running, RunningState};
use crate::service::spawned::SpawnedHandler;
use crate::wire::codec::Codec;

impl Admission {
    /// Waits until the call may run and starts the engine.
    ///
    /// # Errors
    /// The error that the caller gets instead of a stream: the request cannot be decoded, or is invalid.
    /// Every other failure is the only item of the stream, because a Dynamo caller takes an instance out of
    /// rotation whose stream does not start.
    pub(crate) async fn start(
        self,
        cx: Context,
        codec: Codec,
        input: RequestInput,
    ) -> Result<Running, EndpointError> {
        let Some(handler) = SpawnedHandler::of(self.service()) else {
            return self.start_here(cx, codec, input).await;
        };
        let mut cancellation = Cancellation::new(&cx, self.service().options().takes_context);
        let started = tokio::select! {
            biased;
            end = &mut cancellation => Err(end),
            started = handler.start(self, &cx, codec, input) => Ok(started?),
        };
        let state = match started {
            Ok(items) => RunningState::Streaming { items: Contained::new(items), cancellation },
            Err(end) => end.into(),
        };
        // The task of the handler holds the admission.
        Ok(Running::new(cx, codec, state, None))
    }
}
