//! Where generated code finds the SDK.

use proc_macro2::TokenStream;

/// `::dynamo_sdk`, or what `crate = ...` gives: a path from the root of a crate, the same in every module.
#[derive(Clone)]
pub(crate) struct SdkPath(pub(crate) TokenStream);
