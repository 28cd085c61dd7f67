//! Names: the rule for those that travel, the default from a type's name, and the nearest known key.

use proc_macro2::Ident;
use syn::LitStr;
use syn::ext::IdentExt;

use crate::errors::Errors;

const MAX_NAME_LEN: usize = 63;
const RULE: &str = "use 1 to 63 of a-z 0-9 - _, starting with a letter or digit";

/// What stands in for a name that is not valid, so that the rest of the expansion is.
const PLACEHOLDER: &str = "invalid";

/// Checks `name`, which the SDK checks again with the same rule when the constant is evaluated. The result is always a
/// valid name.
pub(crate) fn checked(what: &str, name: LitStr, remedy: &str, errors: &mut Errors) -> LitStr {
    let Some(why) = fault(&name.value()) else { return name };
    errors.at(&name, format_args!("{what} name {:?}: {why}; {RULE}{remedy}", name.value()));
    LitStr::new(PLACEHOLDER, name.span())
}

/// A name for an item that has none to give.
pub(crate) fn placeholder(ident: &Ident) -> LitStr {
    LitStr::new(PLACEHOLDER, ident.span())
}

/// An identifier as a literal, without the `r#`.
pub(crate) fn literal(ident: &Ident) -> LitStr {
    LitStr::new(&ident.unraw().to_string(), ident.span())
}

fn fault(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("it is empty".to_owned());
    }
    let wrong = name.char_indices().find(|&(at, c)| match c {
        'a'..='z' | '0'..='9' => false,
        '-' | '_' => at == 0,
        _ => true,
    });
    match wrong {
        Some((0, c @ ('-' | '_'))) => Some(format!("it starts with {c:?}")),
        Some((at, c)) => Some(format!("{c:?} at position {at} is not allowed")),
        None if name.len() > MAX_NAME_LEN => Some(format!("it has {} characters", name.len())),
        None => None,
    }
}

/// The name of a type in snake case, as a literal at its identifier: `HttpServer`, `HTTPServer` → `http_server`.
pub(crate) fn snake_case(ident: &Ident) -> LitStr {
    let name: Vec<char> = ident.unraw().to_string().chars().collect();
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
    LitStr::new(&snake, ident.span())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_one_that_the_sdk_accepts() {
        for good in ["a", "0", "echo", "a-b_c", "9lives", &"x".repeat(63)] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in ["", "-a", "_a", "Echo", "ec ho", "a.b", "a/b", "é", &"x".repeat(64)] {
            assert!(fault(bad).is_some(), "{bad}");
        }
        assert_eq!(fault("ec ho").as_deref(), Some("' ' at position 2 is not allowed"));
    }

    #[test]
    fn a_type_is_named_in_snake_case() {
        for (ty, name) in [
            ("Echo", "echo"),
            ("EchoServer", "echo_server"),
            ("HTTPServer", "http_server"),
            ("Llama3Worker", "llama3_worker"),
            ("r#Type", "type"),
        ] {
            assert_eq!(snake_case(&syn::parse_str(ty).unwrap()).value(), name);
        }
    }

    #[test]
    fn a_typing_error_is_recognised_and_another_word_is_not() {
        let known = ["namespace", "name", "crate"];
        for (word, near) in [("namspace", Some("namespace")), ("nme", Some("name")), ("timeout", None)] {
            assert_eq!(nearest(word, known.into_iter()), near, "{word}");
        }
    }
}
