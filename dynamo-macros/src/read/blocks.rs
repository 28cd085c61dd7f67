//! Reads `parts(...)` and `part = ...`.

use syn::Ident;

use crate::attr::args::Args;
use crate::errors::Errors;
use crate::model::blocks::Blocks;

/// Reads which block this is; `None` if that cannot be read.
pub(super) fn read(args: &Args, errors: &mut Errors) -> Option<Blocks> {
    let mut listed: Vec<Ident> = Vec::new();
    for name in args.names("parts") {
        if listed.contains(name) {
            errors.at(name, format_args!("the part `{name}` is listed twice; remove one"));
        } else {
            listed.push(name.clone());
        }
    }
    Some(match args.names("part") {
        [] if args.is_unread("part") => return None,
        [] => Blocks::Main(listed),
        [part, ..] => {
            if let Some(first) = listed.first() {
                errors.at(
                    first,
                    format_args!(
                        "the part `{part}` cannot list other parts: list them all in the main block"
                    ),
                );
            }
            Blocks::Part(part.clone())
        }
    })
}
