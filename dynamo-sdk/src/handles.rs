//! Handles that address endpoints by names known at run time, and the ends of pipelines that span
//! processes.

pub(crate) mod namespace;
pub(crate) mod segment;

pub use crate::handles::namespace::{ComponentHandle, EndpointHandle, Namespace};
pub use crate::handles::segment::{
    CallAs, CallSink, PendingCall, Segment, SegmentSink, SegmentSource, ServeAs, call_sink,
};
