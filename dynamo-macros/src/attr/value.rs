//! The values of keys, and how they are read.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Expr, Ident, Lit, LitInt, LitStr, Path, Token, Type, parenthesized, token};

use super::duration::{milliseconds, without_unit};

/// What a key takes.
#[derive(Clone, Copy)]
pub(crate) enum Takes {
    /// `key = "text"`
    Text,
    /// `key = ::some::path`
    Path,
    /// `key` or `key = Type`
    MaybeType,
    /// `key = name`
    Name,
    /// `key(name, name)`
    Names,
    /// `key`
    Flag,
    /// `key = 3`
    Number,
    /// `key = "250ms"`
    Duration,
    /// `key = word`, one of these
    Word(&'static [&'static str]),
    /// `key = expression`
    Expr,
    /// `key = [expression, expression]`
    List,
}

/// A value as read.
pub(super) enum Value {
    Text(LitStr),
    Path(Path),
    MaybeType(Option<Type>),
    Names(Vec<Ident>),
    Flag,
    Number(LitInt),
    Milliseconds(u64),
    Word(Ident),
    Expr(Box<Expr>),
    List(Vec<Expr>),
}

impl Takes {
    pub(super) fn parse(self, key: &Ident, input: ParseStream<'_>) -> syn::Result<Value> {
        let missing =
            |form: &str| syn::Error::new(key.span(), format_args!("`{key}` must be written `{form}`"));
        let has_value = input.peek(Token![=]);
        match self {
            Self::Text if !has_value => Err(missing(&format!("{key} = \"…\""))),
            Self::Path if !has_value => Err(missing(&format!("{key} = ::path"))),
            Self::MaybeType if !has_value => Ok(Value::MaybeType(None)),
            Self::Name if !has_value => Err(missing(&format!("{key} = name"))),
            Self::Names => {
                if !input.peek(token::Paren) {
                    return Err(missing(&format!("{key}(one, two)")));
                }
                let names;
                parenthesized!(names in input);
                let names = Punctuated::<Ident, Token![,]>::parse_terminated(&names).map_err(|error| {
                    syn::Error::new(error.span(), format_args!("`{key}` takes names: `{key}(one, two)`"))
                })?;
                Ok(Value::Names(names.into_iter().collect()))
            }
            Self::Name => {
                let equals = input.parse::<Token![=]>()?;
                let wrong = value_error(
                    &equals,
                    input,
                    format_args!("`{key}` takes a name without quotes: `{key} = name`"),
                );
                input.parse().map(|name| Value::Names(vec![name])).map_err(|_| wrong)
            }
            Self::Duration if !has_value => Err(missing(&format!("{key} = \"5s\""))),
            Self::Number if !has_value => Err(missing(&format!("{key} = 8"))),
            Self::Word(words) if !has_value => Err(missing(&format!("{key} = {}", words.join("|")))),
            Self::List if !has_value => Err(missing(&format!("{key} = [One, Two]"))),
            Self::Expr if !has_value => Err(missing(&format!("{key} = request"))),
            Self::Flag if has_value => {
                Err(input.error(format_args!("`{key}` takes no value: write `{key}`, or leave it out")))
            }
            Self::Flag => Ok(Value::Flag),
            Self::Duration | Self::Number | Self::Word(_) | Self::Expr | Self::List => {
                self.parse_value(key, input)
            }
            Self::Text => {
                let equals = input.parse::<Token![=]>()?;
                let wrong =
                    value_error(&equals, input, format_args!("`{key}` takes a string: `{key} = \"…\"`"));
                input.parse().map(Value::Text).map_err(|_| wrong)
            }
            Self::Path => {
                let equals = input.parse::<Token![=]>()?;
                if let Ok(text) = input.fork().parse::<LitStr>() {
                    let path = text.value();
                    let path = path.trim_start_matches("::");
                    let message = format!("`{key}` takes a path, not a string: write `{key} = ::{path}`");
                    return Err(syn::Error::new(text.span(), message));
                }
                let wrong =
                    value_error(&equals, input, format_args!("`{key}` takes a path: `{key} = ::path`"));
                input.call(Path::parse_mod_style).map(Value::Path).map_err(|_| wrong)
            }
            Self::MaybeType => {
                let equals = input.parse::<Token![=]>()?;
                let wrong = value_error(
                    &equals,
                    input,
                    format_args!("`{key}` takes a type: `{key}` or `{key} = Item`"),
                );
                input.parse().map(|ty| Value::MaybeType(Some(ty))).map_err(|_| wrong)
            }
        }
    }
}

impl Takes {
    /// The value of an option of an endpoint, from its `=` on.
    fn parse_value(self, key: &Ident, input: ParseStream<'_>) -> syn::Result<Value> {
        let equals = input.parse::<Token![=]>()?;
        match self {
            Self::Duration => {
                if let Ok(number) = input.fork().parse::<Lit>()
                    && matches!(number, Lit::Int(_) | Lit::Float(_))
                {
                    return Err(without_unit(
                        &key.to_string(),
                        number.span(),
                        &number.to_token_stream().to_string(),
                    ));
                }
                let wrong =
                    value_error(&equals, input, format_args!("`{key}` takes a string: `{key} = \"5s\"`"));
                let text: LitStr = input.parse().map_err(|_| wrong)?;
                milliseconds(&key.to_string(), &text).map(Value::Milliseconds)
            }
            Self::Number => {
                let wrong =
                    value_error(&equals, input, format_args!("`{key}` takes a whole number: `{key} = 8`"));
                match input.parse::<LitInt>() {
                    Ok(number) if number.base10_parse::<u32>().is_ok() => Ok(Value::Number(number)),
                    _ => Err(wrong),
                }
            }
            Self::Word(words) => {
                let forms: Vec<String> = words.iter().map(|word| format!("`{key} = {word}`")).collect();
                let (last, others) =
                    forms.split_last().map_or(("", &[][..]), |(last, others)| (last, others));
                let wrong =
                    value_error(&equals, input, format_args!("write {} or {last}", others.join(", ")));
                match input.call(Ident::parse_any) {
                    Ok(word) if words.iter().any(|known| word == known) => Ok(Value::Word(word)),
                    _ => Err(wrong),
                }
            }
            Self::List => {
                let wrong = value_error(
                    &equals,
                    input,
                    format_args!("`{key}` takes operators in brackets: `{key} = [One, Two]`"),
                );
                match input.parse::<Expr>() {
                    Ok(Expr::Array(list)) => Ok(Value::List(list.elems.into_iter().collect())),
                    _ => Err(wrong),
                }
            }
            _ => {
                let wrong = value_error(
                    &equals,
                    input,
                    format_args!("`{key}` takes a request: `{key} = Request {{ … }}`"),
                );
                input.parse().map(|expr| Value::Expr(Box::new(expr))).map_err(|_| wrong)
            }
        }
    }
}

/// An error at the value that comes next, or at the `=` if the attribute ends there.
fn value_error(equals: &Token![=], input: ParseStream<'_>, message: impl std::fmt::Display) -> syn::Error {
    let span = input.cursor().token_tree().map_or_else(|| equals.span(), |(token, _)| token.span());
    syn::Error::new(span, message)
}
