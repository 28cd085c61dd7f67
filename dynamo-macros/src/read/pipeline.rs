//! Reads `pipeline = [...]` and the types that callers see of it.

use super::inputs::request_item;
use super::wire_types;
use crate::attr::args::Args;
use crate::errors::Errors;
use crate::model::pipeline::Pipeline;

/// Reads `pipeline`, `request` and `response`.
pub(super) fn read(args: &Args, errors: &mut Errors) -> Option<Pipeline> {
    let mut ty = |key: &str| match args.maybe_type(key)? {
        Some(ty) => Some(ty.clone()),
        None => {
            errors.at(args.key(key), format_args!("`{key}` must be written `{key} = Type`"));
            None
        }
    };
    let (request, response) = (ty("request"), ty("response"));
    let Some(operators) = args.list("pipeline") else {
        for (key, ty) in [("request", &request), ("response", &response)] {
            if ty.is_some() && !args.is_unread("pipeline") {
                let message =
                    format!("`{key}` requires `pipeline`: write `pipeline = […]` too, or remove `{key}`");
                errors.at(args.key(key), message);
            }
        }
        return None;
    };
    if operators.is_empty()
        && let Some(key) = args.key("pipeline")
    {
        errors.at(key, "`pipeline = []` does nothing: name an operator, or remove it");
    }
    let before = errors.count();
    let request = request.map(|ty| {
        let item = request_item(&ty, errors);
        (ty, item)
    });
    // A client method with a type that cannot travel would repeat the error.
    let request = request.filter(|_| errors.count() == before);
    if let Some(ty) = &response {
        wire_types::check(wire_types::RESPONSE, ty, errors);
    }
    Some(Pipeline { operators: operators.to_vec(), request, response })
}
