//! stub
/// Stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CancelCause;
impl std::fmt::Display for CancelCause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("")
    }
}
