//! stub
/// Stub
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// I
    Instances,
}
/// Stub
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key;
