//! Reads `#[dynamo_sdk::main]` and `#[dynamo_sdk::test]`.

use proc_macro2::TokenStream;
use syn::{FnArg, ReturnType, Safety, Signature, Type};

use super::item::Read;
use super::repeated::refuse_other_runners;
use super::sdk_path;
use crate::attr::args::Args;
use crate::attr::grammar::Attribute;
use crate::errors::Errors;
use crate::model::Model;
use crate::model::entry::{Entry, EntryKind};
use crate::syntax::member::{Function, Member};
use crate::syntax::types::{is_bound, last_segment, peel};

/// Reads the function that is run.
pub(super) fn read(kind: EntryKind, args: &Args, item: TokenStream, errors: &mut Errors) -> Read {
    let krate = sdk_path::read(args, errors);
    let Some(Member { mut attributes, function: Ok(function), .. }) = Member::parse_one(item.clone()).ok()
    else {
        errors
            .at(&item, format_args!("`#[dynamo_sdk::{}]` goes on an `async fn`", attribute_of(kind).name()));
        return Read { item, model: None };
    };
    check(kind, &mut attributes, &function.signature, errors);
    let Function { visibility, signature, body } = function;
    let returns_boxed_error = returns_boxed_error(&signature.output);
    let is_sound = errors.count() == 0;
    let entry = Entry { kind, krate, attributes, visibility, signature, body, is_sound, returns_boxed_error };
    Read { item: TokenStream::new(), model: Some(Model::Entry(Box::new(entry))) }
}

const fn attribute_of(kind: EntryKind) -> Attribute {
    match kind {
        EntryKind::Main => Attribute::Main,
        EntryKind::Test => Attribute::Test,
    }
}

fn check(kind: EntryKind, attributes: &mut Vec<syn::Attribute>, signature: &Signature, errors: &mut Errors) {
    let attribute = attribute_of(kind).name();
    refuse_other_runners(attributes, attribute, errors);
    let name = &signature.ident;
    let form = format!("`async fn {name}(runtime: DistributedRuntime)`");
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token, format_args!("the function must be async: write {form}"));
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(token, format_args!("the function cannot be `unsafe`: the SDK calls it; write {form}"));
    }
    for input in &signature.inputs {
        if let FnArg::Typed(argument) = input
            && let Type::Reference(_) = peel(&argument.ty)
        {
            errors.at(&argument.ty, format_args!("the function takes its runtime by value: write {form}"));
        }
    }
    if let Some(param) = signature.generics.params.first() {
        errors.at(param, format_args!("the function cannot be generic: write {form}"));
    }
    if let Some(extra) = signature.inputs.iter().nth(1)
        && kind == EntryKind::Main
    {
        errors.at(extra, format_args!("the function takes only the runtime: write {form}"));
    }
    if kind == EntryKind::Main && name != "main" {
        errors.at(name, "`#[dynamo_sdk::main]` goes on `main`; elsewhere, create a `DistributedRuntime`");
    }
}

/// Whether a function returns `Result<(), Box<dyn Error>>`, whose error may be bound to one thread.
fn returns_boxed_error(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    let Some((result, types)) = last_segment(ty) else { return false };
    let [_, error] = types[..] else { return false };
    let Some((boxed, types)) = last_segment(error) else { return false };
    let [Type::TraitObject(object)] = types[..] else { return false };
    result == "Result"
        && boxed == "Box"
        && object.bounds.iter().any(|bound| is_bound(bound, "Error"))
        && !object.bounds.iter().any(|bound| is_bound(bound, "Send"))
}
