//! Names: the rule for those that travel, the default from a type's name, and the nearest known key.

use std::fmt::Write as _;

use proc_macro2::{Ident, Span};
use syn::LitStr;
use syn::ext::IdentExt;

use crate::errors::Errors;

const MAX_NAME_LEN: usize = 63;
const RULE: &str = "use 1 to 63 of a-z 0-9 - _, starting with a letter or digit";

/// Replaces an invalid name, so that the rest of the expansion is valid.
const PLACEHOLDER: &str = "invalid";

/// Checks `name`, which the SDK checks again with the same rule when it is used. The result is always a valid
/// name.
///
/// `remedy` is the form to write, with `…` for the name, if the user did not write this one as a literal.
pub(crate) fn checked(what: &str, name: LitStr, remedy: Option<&str>, errors: &mut Errors) -> LitStr {
    let text = name.value();
    let Some(Fault { why, at }) = fault(&text) else { return name };
    // The position is the best remedy for a name that is only too long.
    let near = valid(&text).filter(|near| !text.starts_with(&**near) || near.len() < MAX_NAME_LEN);
    let remedy = match (remedy, &near) {
        (Some(remedy), Some(near)) => format!("; write {}", remedy.replacen('…', near, 1)),
        (Some(remedy), None) => format!("; write {remedy}"),
        (None, Some(near)) => format!("; write {near:?}"),
        (None, None) => String::new(),
    };
    let mut message = format!("{what} name {text:?}: {why}; {RULE}{remedy}");
    let span = match at {
        None => name.span(),
        Some(at) => character(&name, at).unwrap_or_else(|| {
            // Stable compilers underline literals as a whole. All in front of the first wrong character is
            // one column wide.
            let _ = write!(message, "\n{}\n{:>2$}", text.escape_debug(), '^', at + 1);
            name.span()
        }),
    };
    errors.push(syn::Error::new(span, message));
    LitStr::new(PLACEHOLDER, name.span())
}

/// The span of the character at byte `at` of a name, if the compiler supports it.
fn character(name: &LitStr, at: usize) -> Option<Span> {
    let text = name.value();
    let (before, rest) = text.split_at_checked(at)?;
    // Not if it comes from an identifier, is raw, or has escapes before it.
    let written = format!("\"{before}");
    if !name.span().source_text()?.starts_with(&written) {
        return None;
    }
    name.token().subspan(written.len()..written.len() + rest.chars().next()?.len_utf8())
}

/// The nearest valid name, if any character remains.
pub(crate) fn valid(name: &str) -> Option<String> {
    let mut near = String::new();
    for c in snake(name).chars() {
        match c {
            'a'..='z' | '0'..='9' => near.push(c),
            '-' | '_' if !near.is_empty() => near.push(c),
            _ if !near.is_empty() && !near.ends_with('_') => near.push('_'),
            _ => {}
        }
    }
    near.truncate(MAX_NAME_LEN);
    let near = near.trim_end_matches('_');
    (!near.is_empty()).then(|| near.to_owned())
}

/// A name for an item without one.
pub(crate) fn placeholder(ident: &Ident) -> LitStr {
    LitStr::new(PLACEHOLDER, ident.span())
}

/// An identifier as a literal, without the `r#`.
pub(crate) fn literal(ident: &Ident) -> LitStr {
    LitStr::new(&ident.unraw().to_string(), ident.span())
}

/// What is wrong with a name, and at which byte.
pub(crate) struct Fault {
    pub(crate) why: String,
    pub(crate) at: Option<usize>,
}

pub(crate) fn fault(name: &str) -> Option<Fault> {
    let at = |at, why| Some(Fault { why, at: Some(at) });
    if name.is_empty() {
        return Some(Fault { why: "it is empty".to_owned(), at: None });
    }
    let wrong = name.char_indices().find(|&(at, c)| match c {
        'a'..='z' | '0'..='9' => false,
        '-' | '_' => at == 0,
        _ => true,
    });
    match wrong {
        Some((0, c @ ('-' | '_'))) => at(0, format!("it starts with {c:?}")),
        Some((wrong, c)) => at(wrong, format!("{c:?} at position {wrong} is not allowed")),
        None if name.len() > MAX_NAME_LEN => at(MAX_NAME_LEN, format!("it has {} characters", name.len())),
        None => None,
    }
}

/// The name of a type in snake case, as a literal at its identifier: `HttpServer`, `HTTPServer` →
/// `http_server`.
pub(crate) fn snake_case(ident: &Ident) -> LitStr {
    LitStr::new(&snake(&ident.unraw().to_string()), ident.span())
}

fn snake(name: &str) -> String {
    let name: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, &c) in name.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| name[at]);
        let after = name.get(at + 1);
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(|c| c.is_lowercase()))
            });
        if starts_word {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// The known word that `word` was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (distance(word, known), known))
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// The number of characters to insert, remove or replace to come from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
