//! Reads `#[operator]` and `#[engine]`: an `async fn`, or a type with one, as a node of a pipeline.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{FnArg, Generics, ReturnType, Safety, Signature, Type};

use super::item::Read;
use super::receiver::check_shared;
use super::repeated::refuse_repeated;
use super::sdk_path;
use crate::attr::args::Args;
use crate::attr::grammar::Attribute;
use crate::errors::Errors;
use crate::model::Model;
use crate::model::node::{Node, NodeKind};
use crate::model::sdk_path::SdkPath;
use crate::syntax::attributes::copied;
use crate::syntax::impl_block::ImplBlock;
use crate::syntax::member::Member;
use crate::syntax::tokens::first_elided;
use crate::syntax::types::{is_named, is_plain};

/// Reads a function or a block that is a node.
pub(super) fn read(kind: NodeKind, args: &Args, item: TokenStream, errors: &mut Errors) -> Read {
    let krate = sdk_path::read(args, errors);
    let Ok(mut block) = ImplBlock::parse(item.clone(), |_| false) else {
        return of_function(kind, krate, args, item, errors);
    };
    refuse_repeated(&mut block.attributes, attribute_of(kind).name(), errors);
    if let Some(name) = args.names("name").first() {
        errors.at(name, "the node is the type of this block; remove `name`");
    }
    let node = of_block(kind, krate, &block, errors);
    Read { item: block.to_token_stream(), model: node.map(|node| Model::Node(Box::new(node))) }
}

const fn attribute_of(kind: NodeKind) -> Attribute {
    match kind {
        NodeKind::Operator => Attribute::Operator,
        NodeKind::Engine => Attribute::Engine,
    }
}

fn of_function(kind: NodeKind, krate: SdkPath, args: &Args, item: TokenStream, errors: &mut Errors) -> Read {
    let mut member = Member::parse_one(item.clone()).ok();
    let repeated = member
        .as_mut()
        .is_some_and(|member| refuse_repeated(&mut member.attributes, attribute_of(kind).name(), errors));
    let item = match &member {
        Some(Member { attributes, tokens, .. }) if repeated => quote!(#(#attributes)* #tokens),
        _ => item,
    };
    let Some((attributes, function)) =
        member.as_ref().and_then(|member| Some((&member.attributes, member.function.as_ref().ok()?)))
    else {
        errors.at(
            &item,
            format_args!("`#[{}]` goes on an `async fn` or an `impl` block", attribute_of(kind).name()),
        );
        return Read { item, model: None };
    };
    let signature = &function.signature;
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first() {
        errors.at(receiver, belongs_on_the_block(kind));
        return Read { item, model: None };
    }
    if let Some(parameter) = signature.generics.params.first() {
        let form = form(kind, &signature.ident, false);
        errors.at(
            parameter,
            format_args!("a node function cannot be generic: write {form}, or put it on a generic type"),
        );
        return Read { item: quote!(#[allow(dead_code)] #item), model: None };
    }
    let name = args.names("name").first().cloned().unwrap_or_else(|| camel_case(&signature.ident));
    let node = types(kind, signature, errors).map(|(arguments, output)| Node {
        kind,
        krate,
        ty: name.to_token_stream(),
        generics: Generics::default(),
        arguments,
        output,
        function: signature.ident.to_token_stream(),
        name: signature.ident.clone(),
        generated: Some((
            copied(attributes, &["doc", "deprecated", "must_use"]),
            function.visibility.clone(),
        )),
        cfg: copied(attributes, &["cfg"]),
    });
    let allowed = if node.is_some() { quote!(clippy::unused_async) } else { quote!(dead_code) };
    Read { item: quote!(#[allow(#allowed)] #item), model: node.map(|node| Model::Node(Box::new(node))) }
}

/// The correct form.
fn form(kind: NodeKind, name: &Ident, receiver: bool) -> String {
    let receiver = if receiver { "&self, " } else { "" };
    match kind {
        NodeKind::Operator => format!(
            "`async fn {name}({receiver}request: SingleIn<T>, next: Edge<U, Below>) -> Result<Above, \
             CallError>`"
        ),
        NodeKind::Engine => {
            format!("`async fn {name}({receiver}request: SingleIn<T>) -> Result<U, CallError>`")
        }
    }
}

fn belongs_on_the_block(kind: NodeKind) -> String {
    format!(
        "a method cannot be a node: put `#[{}]` on its `impl` block and call it `generate`",
        attribute_of(kind).name()
    )
}

/// Reads the block of a type, whose `generate` is the node.
fn of_block(kind: NodeKind, krate: SdkPath, block: &ImplBlock, errors: &mut Errors) -> Option<Node> {
    let head = &block.head;
    let ty = &head.self_ty;
    if let Some((path, _)) = &head.trait_ {
        errors.at(
            path,
            format_args!(
                "`#[{}]` implements the trait itself: write `impl {}`",
                attribute_of(kind).name(),
                ty.to_token_stream()
            ),
        );
        return None;
    }
    let functions = || block.members.iter().filter_map(|member| member.function.as_ref().ok());
    let Some(function) = functions().find(|function| function.signature.ident == "generate") else {
        let form = form(kind, &Ident::new("generate", Span::call_site()), true);
        errors.at(ty, format_args!("missing the method `generate`: write {form}"));
        return None;
    };
    let signature = &function.signature;
    let before = errors.count();
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) => check_shared(receiver, "a node", errors),
        _ => errors.at(&signature.ident, "`generate` of a node must take `&self`"),
    }
    if let Some(parameter) = signature.generics.params.first() {
        errors.at(parameter, "`generate` of a node cannot be generic: make the type generic");
    }
    let types = types(kind, signature, errors);
    let (arguments, output) = types.filter(|_| errors.count() == before)?;
    Some(Node {
        kind,
        krate,
        ty: ty.to_token_stream(),
        generics: head.generics.clone(),
        arguments,
        output,
        function: {
            let generate = &signature.ident;
            quote!(Self::#generate)
        },
        name: signature.ident.clone(),
        generated: None,
        cfg: copied(&block.attributes, &["cfg"]),
    })
}

/// The types of a function, if it can be a node.
fn types(kind: NodeKind, signature: &Signature, errors: &mut Errors) -> Option<(Vec<Type>, Type)> {
    let before = errors.count();
    let receiver = matches!(signature.inputs.first(), Some(FnArg::Receiver(_)));
    let form = form(kind, &signature.ident, receiver);
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token, format_args!("a node must be async: write {form}"));
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(
            token,
            format_args!(
                "a node cannot be `unsafe`: the pipeline cannot uphold a safety contract; write {form}"
            ),
        );
    }
    let arguments: Vec<Type> = signature
        .inputs
        .iter()
        .filter_map(|argument| match argument {
            FnArg::Typed(argument) => Some((*argument.ty).clone()),
            FnArg::Receiver(_) => None,
        })
        .collect();
    if kind == NodeKind::Operator
        && let [first, second] = &arguments[..]
        && is_named(first, "Edge")
        && !is_named(second, "Edge")
    {
        errors.at(first, format_args!("the request comes before the edge: write {form}"));
    }
    for ty in &arguments {
        check_argument(ty, &form, errors);
    }
    let wanted = match kind {
        NodeKind::Operator => 2,
        NodeKind::Engine => 1,
    };
    if let Some(extra) = signature.inputs.iter().filter(|a| matches!(a, FnArg::Typed(_))).nth(wanted) {
        errors.at(extra, format_args!("too many arguments: write {form}"));
    } else if arguments.len() < wanted {
        errors.at(&signature.ident, format_args!("missing argument: write {form}"));
    }
    let output = output(signature, &form, errors);
    (errors.count() == before).then_some((arguments, output?))
}

/// Checks the type of one argument.
fn check_argument(ty: &Type, form: &str, errors: &mut Errors) {
    if let Some(borrow) = first_elided(ty).filter(|_| !matches!(ty, Type::Reference(_))) {
        let message = format!("a node must own its arguments: write {form}");
        errors.push(syn::Error::new(borrow, message));
    } else if let Type::Reference(_) | Type::ImplTrait(_) = ty {
        errors.at(
            ty,
            format_args!("a node takes its arguments by value and with concrete types: write {form}"),
        );
    } else if is_plain(ty) {
        let message = format!(
            "a node takes a `SingleIn<T>` or `ManyIn<T>`, and an operator also an `Edge`: write {form}"
        );
        errors.at(ty, message);
    }
}

/// The return type, if it can be that of a node.
fn output(signature: &Signature, form: &str, errors: &mut Errors) -> Option<Type> {
    match &signature.output {
        ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)) => {
            errors.at(
                ty,
                format_args!(
                    "a node must name its return type, `impl Trait` is not supported: write \
                     {form}; a stream is a `ManyOut<T>`"
                ),
            );
            None
        }
        ReturnType::Type(_, ty) if is_plain(ty) => {
            errors.at(ty, format_args!("a node must return a `Result`: write {form}"));
            None
        }
        ReturnType::Type(_, ty) => Some((**ty).clone()),
        ReturnType::Default => {
            errors.at(&signature.ident, format_args!("a node must return a `Result`: write {form}"));
            None
        }
    }
}

/// `tokenize_all` as `TokenizeAll`.
fn camel_case(name: &Ident) -> Ident {
    let name_text = name.unraw().to_string();
    let camel: String = name_text
        .split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters)
        })
        .collect();
    Ident::new(&camel, name.span())
}
