//! `pipeline = […]` of an endpoint: the operators in front of its handler, and what callers see of them.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, Type};

use crate::attr::grammar::Args;
use crate::errors::Errors;
use crate::read::inputs as signature;
use crate::read::wire_types as travels;

/// The operators in front of a handler.
pub(crate) struct Piped {
    /// From the caller to the handler.
    pub(crate) operators: Vec<Expr>,
    /// What callers send, if that is not what the handler takes, and its item if it is a stream.
    pub(crate) request: Option<(Type, Option<Type>)>,
    /// What callers get, if that is not what the handler gives; of a stream, one item.
    pub(crate) response: Option<Type>,
}

impl Piped {
    /// Reads `pipeline`, `request` and `response`.
    pub(crate) fn read(args: &Args, errors: &mut Errors) -> Option<Self> {
        let mut ty = |key: &str| match args.maybe_type(key)? {
            Some(ty) => Some(ty.clone()),
            None => {
                errors.at(args.key(key), format_args!("`{key}` is written `{key} = Type`"));
                None
            }
        };
        let (request, response) = (ty("request"), ty("response"));
        let Some(operators) = args.list("pipeline") else {
            for (key, ty) in [("request", &request), ("response", &response)] {
                if ty.is_some() && !args.is_unread("pipeline") {
                    let message = format!(
                        "`{key}` says what callers see of a pipeline: write `pipeline = […]` too, or leave it to the signature"
                    );
                    errors.at(args.key(key), message);
                }
            }
            return None;
        };
        if operators.is_empty()
            && let Some(key) = args.key("pipeline")
        {
            errors.at(key, "`pipeline = []` does nothing: name an operator, or leave it out");
        }
        let before = errors.count();
        let request = request.map(|ty| {
            let item = signature::request_item(&ty, errors);
            (ty, item)
        });
        // A client method with a type that cannot travel would only be told a second time.
        let request = request.filter(|_| errors.count() == before);
        if let Some(ty) = &response {
            travels::check(travels::RESPONSE, ty, errors);
        }
        Some(Self { operators: operators.to_vec(), request, response })
    }

    /// The links of the pipeline.
    pub(crate) fn links(&self) -> TokenStream {
        self.operators
            .iter()
            .map(|operator| {
                let operator = operator.to_token_stream();
                quote::quote!(.link(#operator))
            })
            .collect()
    }
}
