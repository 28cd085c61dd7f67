//! The docs of an item, as `rustdoc` shows them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The doc comments of an item as an expression of one text; nothing if there are none. Texts of macros, such as
/// `#[doc = include_str!("…")]`, are put in between.
pub(crate) fn docs(attributes: &[Attribute]) -> Option<TokenStream> {
    let mut parts = Vec::new();
    let mut text = String::new();
    for attribute in attributes {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        if !pair.path.is_ident("doc") {
            continue;
        }
        match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(comment), .. }) => {
                text.push_str(&plain(&comment.value()));
                text.push('\n');
            }
            value @ Expr::Macro(_) => {
                if !text.is_empty() {
                    parts.push(std::mem::take(&mut text).to_token_stream());
                }
                parts.push(quote!(#value));
                parts.push("\n".to_token_stream());
            }
            _ => {}
        }
    }
    if parts.is_empty() {
        let text = text.trim();
        return (!text.is_empty()).then(|| text.to_token_stream());
    }
    let rest = text.trim_end();
    if rest.is_empty() {
        // The line end behind the last macro.
        parts.pop();
    } else {
        parts.push(rest.to_token_stream());
    }
    Some(quote!(::core::concat!(#(#parts),*)))
}

/// One doc comment without its decoration: the space behind `///`, the stars at the left of a `/** … */`.
fn plain(comment: &str) -> String {
    let mut lines = comment.lines();
    let first = lines.next().unwrap_or_default();
    let rest: Vec<&str> = lines.collect();
    // The stars of a comment are indented, those of a list in a text are not.
    let is_starred = |line: &str| line.starts_with(char::is_whitespace) && line.trim_start().starts_with('*');
    let starred = rest.iter().all(|line| line.trim().is_empty() || is_starred(line));
    let rest = rest.into_iter().map(|line| match line.trim_start().strip_prefix('*') {
        Some(behind) if starred => behind,
        _ => line,
    });
    let lines = std::iter::once(first).chain(rest);
    lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(item: &str) -> Option<String> {
        let item: syn::ItemStruct = syn::parse_str(item).expect("a struct");
        docs(&item.attrs).map(|docs| docs.to_string())
    }

    #[test]
    fn docs_are_those_that_rustdoc_shows() {
        assert_eq!(of("struct A;"), None);
        assert_eq!(of("/// One.\n///\n///   two\nstruct A;").as_deref(), Some(r#""One.\n\n  two""#));
        assert_eq!(
            of("/** One.\n * two\n *\n * three\n */\nstruct A;").as_deref(),
            Some(r#""One.\ntwo\n\nthree""#)
        );
        assert_eq!(of("#[doc = \"Some:\\n* a\\n* b\"]\nstruct A;").as_deref(), Some(r#""Some:\n* a\n* b""#));
        assert_eq!(of("/** One.\n   two */\nstruct A;").as_deref(), Some(r#""One.\n  two""#));
        assert_eq!(
            of("/// One.\n#[doc = include_str!(\"x.md\")]\n/// Two.\nstruct A;").as_deref(),
            Some(r#":: core :: concat ! ("One.\n" , include_str ! ("x.md") , "\n" , "Two.")"#)
        );
        assert_eq!(
            of("#[doc = concat!(\"a\", \"b\")]\nstruct A;").as_deref(),
            Some(r#":: core :: concat ! (concat ! ("a" , "b"))"#)
        );
    }
}
