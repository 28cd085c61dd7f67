//! Reads `crate = ...`, the path of the SDK.

use quote::{ToTokens, quote};
use syn::Path;

use crate::attr::args::Args;
use crate::errors::Errors;
use crate::model::sdk_path::SdkPath;

/// The path of the SDK: `::dynamo_sdk` unless given.
pub(super) fn read(args: &Args, errors: &mut Errors) -> SdkPath {
    let Some(path) = args.path("crate") else { return SdkPath(quote!(::dynamo_sdk)) };
    if let Some(remedy) = relative(path) {
        errors.at(path, remedy);
        return SdkPath(quote!(::dynamo_sdk));
    }
    SdkPath(path.to_token_stream())
}

/// Why a path that depends on the module it stands in is refused, and what to write instead.
fn relative(path: &Path) -> Option<String> {
    let first = path.segments.first()?.ident.to_string();
    // `$crate` is how a `macro_rules!` of a re-exporting crate names itself.
    if path.leading_colon.is_some() || first == "crate" || first == "$crate" {
        return None;
    }
    Some(if first == "super" || first == "self" {
        format!("`crate` takes a path that begins at the root, not at `{first}`: write `crate = crate::…`")
    } else {
        let path =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::");
        format!("`crate` takes an absolute path: write `crate = ::{path}`, or `crate = crate::{path}`")
    })
}
