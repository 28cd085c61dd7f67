//! Several blocks of one component: the main one lists the others, and each of them says which it is.

use syn::Ident;

use crate::attr::grammar::Args;
use crate::errors::Errors;

/// What a block says about the other blocks of its component.
pub(crate) enum Parts {
    /// The main block, or the only one: the blocks that it lists.
    Main(Vec<Ident>),
    /// Another block, with its name.
    Part(Ident),
}

impl Parts {
    /// Reads `parts(…)` and `part = …`; `None` if it cannot be told which block this is.
    pub(crate) fn read(args: &Args, errors: &mut Errors) -> Option<Self> {
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
            [] => Self::Main(listed),
            [part, ..] => {
                if let Some(first) = listed.first() {
                    errors.at(
                        first,
                        format_args!(
                            "the part `{part}` has no parts itself: list them all in the main block"
                        ),
                    );
                }
                Self::Part(part.clone())
            }
        })
    }

    /// Whether other blocks are listed here.
    pub(crate) fn lists(&self) -> bool {
        matches!(self, Self::Main(listed) if !listed.is_empty())
    }
}
