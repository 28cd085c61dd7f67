//! The keys and values of one attribute, as written.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, LitInt, LitStr, Path, Token, Type};

use super::grammar::{Attribute, Grammar};
use super::value::Value;
use crate::errors::Errors;

/// The keys and values of one attribute, each key at most once.
#[derive(Default)]
pub(crate) struct Args {
    given: Vec<(Ident, Value)>,
    /// The known keys that unknown ones are probably misspellings of.
    meant: Vec<&'static str>,
    /// The keys whose values could not be read.
    unread: Vec<Ident>,
}

impl Args {
    /// Reads the text between the parentheses of an attribute.
    pub(crate) fn parse(grammar: &Grammar, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                args.read_one(grammar, input, errors);
            }
            Ok(())
        };
        // The reader consumes all tokens and reports through `errors`; syn finds nothing left over.
        if let Err(error) = read.parse2(tokens) {
            errors.push(error);
        }
        args
    }

    /// The value of a key that takes a text.
    pub(crate) fn text(&self, key: &str) -> Option<&LitStr> {
        self.get(key).and_then(|value| if let Value::Text(text) = value { Some(text) } else { None })
    }

    /// The names of a key that takes one or several; empty without the key.
    pub(crate) fn names(&self, key: &str) -> &[Ident] {
        if let Some(Value::Names(names)) = self.get(key) { names } else { &[] }
    }

    /// Whether an unknown key is probably a misspelling of this one.
    pub(crate) fn was_meant(&self, key: &str) -> bool {
        self.meant.contains(&key)
    }

    /// Whether a key is there whose value could not be read.
    pub(crate) fn is_unread(&self, key: &str) -> bool {
        self.unread.iter().any(|unread| unread == key)
    }

    /// The value of a key that takes a path.
    pub(crate) fn path(&self, key: &str) -> Option<&Path> {
        self.get(key).and_then(|value| if let Value::Path(path) = value { Some(path) } else { None })
    }

    /// The value of a key that may take a type: the outer `Option` is `None` without the key.
    pub(crate) fn maybe_type(&self, key: &str) -> Option<Option<&Type>> {
        self.get(key)
            .and_then(|value| if let Value::MaybeType(ty) = value { Some(ty.as_ref()) } else { None })
    }

    /// The values of a key that takes several.
    pub(crate) fn list(&self, key: &str) -> Option<&[Expr]> {
        self.get(key).and_then(|value| if let Value::List(list) = value { Some(&list[..]) } else { None })
    }

    /// A key as written, as the place of an error.
    pub(crate) fn key(&self, key: &str) -> Option<&Ident> {
        self.given.iter().map(|(given, _)| given).find(|given| *given == key)
    }

    /// Whether a key that takes nothing is there.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The milliseconds of a key that takes a duration.
    pub(crate) fn milliseconds(&self, key: &str) -> Option<u64> {
        self.get(key)
            .and_then(|value| if let Value::Milliseconds(limit) = value { Some(*limit) } else { None })
    }

    /// The value of a key that takes a number.
    pub(crate) fn number(&self, key: &str) -> Option<&LitInt> {
        self.get(key).and_then(|value| if let Value::Number(number) = value { Some(number) } else { None })
    }

    /// The value of a key that takes one of some words.
    pub(crate) fn word(&self, key: &str) -> Option<&Ident> {
        self.get(key).and_then(|value| if let Value::Word(word) = value { Some(word) } else { None })
    }

    /// The value of a key that takes an expression.
    pub(crate) fn expr(&self, key: &str) -> Option<&Expr> {
        self.get(key).and_then(|value| if let Value::Expr(expr) = value { Some(&**expr) } else { None })
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.given.iter().find(|(given, _)| given == key).map(|(_, value)| value)
    }

    fn read_one(&mut self, grammar: &Grammar, input: ParseStream<'_>, errors: &mut Errors) {
        let Ok(key) = input.call(Ident::parse_any) else {
            if grammar.keys.is_empty() {
                errors.push(input.error(format_args!("`#[{}]` takes no keys", grammar.attribute())));
            } else if let (Ok(text), Some(key)) =
                (input.fork().parse::<LitStr>(), grammar.first_text(|key| self.key(key).is_none()))
            {
                errors.at(&text, format_args!("missing key: write `{key} = {:?}`", text.value()));
                self.meant.push(key);
                return skip_to_comma(input);
            }
            errors.push(input.error(format_args!(
                "`#[{}]` takes `key = value`; the keys are {}",
                grammar.attribute(),
                grammar.list()
            )));
            return skip_to_comma(input);
        };
        let Some(takes) = grammar.takes(&key) else {
            errors.at(&key, grammar.unknown(&key));
            self.meant.extend(grammar.nearest(&key));
            return skip_to_comma(input);
        };
        match takes.parse(&key, input) {
            Err(error) => {
                errors.push(error);
                self.unread.push(key);
                return skip_to_comma(input);
            }
            Ok(_) if self.get(&key.to_string()).is_some() => {
                errors.at(&key, format_args!("`{key}` is given twice; remove one"));
            }
            Ok(value) => self.given.push((key, value)),
        }
        if !input.is_empty() && input.parse::<Token![,]>().is_err() {
            errors.push(input.error("expected `,` before the next key"));
            skip_to_comma(input);
        }
    }
}

fn skip_to_comma(input: ParseStream<'_>) {
    while let Ok(token) = input.parse::<TokenTree>() {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',') {
            return;
        }
    }
}

/// Reads the arguments of an attribute that stands inside the item.
pub(crate) fn of_marker(attribute: Attribute, marker: &syn::Attribute, errors: &mut Errors) -> Args {
    let grammar = attribute.grammar();
    match &marker.meta {
        syn::Meta::Path(_) => Args::default(),
        syn::Meta::List(list) => Args::parse(grammar, list.tokens.clone(), errors),
        syn::Meta::NameValue(pair) => {
            let name = grammar.attribute();
            let form = match grammar.keys.first() {
                Some((key, _)) => {
                    format!("`#[{name}]` takes its keys in parentheses: `#[{name}({key} = …)]`")
                }
                None => format!("`#[{name}]` takes no keys"),
            };
            errors.push(syn::Error::new(
                pair.eq_token.spans.first().copied().unwrap_or_else(Span::call_site),
                form,
            ));
            Args::default()
        }
    }
}
