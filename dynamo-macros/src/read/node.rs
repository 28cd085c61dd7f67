//! `#[operator]` and `#[engine]`: an `async fn` or a type with one as a node of a pipeline.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{FnArg, Generics, ReturnType, Safety, Signature, Type, Visibility};

use crate::attr::grammar as args;

use crate::attr::grammar::{Args, Grammar};
use crate::attr::sdk_path::SdkPath;
use crate::errors::Errors;
use crate::expand;
use crate::read::inputs::{check_shared, is_named, is_plain};
use crate::read::wire_types as travels;
use crate::syntax::attributes;
use crate::syntax::impl_block::{ImplBlock, Member};

/// Which of the two it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Operator,
    Engine,
}

/// A function that is going to be a node.
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) krate: SdkPath,
    /// The type of the node.
    pub(crate) ty: TokenStream,
    pub(crate) generics: Generics,
    /// The types of its arguments without the receiver.
    pub(crate) arguments: Vec<Type>,
    pub(crate) output: Type,
    /// What to call, and its own name in it.
    pub(crate) function: TokenStream,
    pub(crate) name: Ident,
    /// The type is made of a function, with these attributes and this visibility.
    pub(crate) made: Option<(TokenStream, Visibility)>,
    /// The `#[cfg]`s of the item.
    pub(crate) cfg: TokenStream,
}

/// The whole of either attribute.
pub(crate) fn attribute(kind: Kind, args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(kind.grammar(), args, &mut errors);
    let krate = SdkPath::read(&args, &mut errors);
    let code = if let Ok(mut block) = ImplBlock::parse(item.clone(), |_| false) {
        attributes::refuse_repeated(&mut block.attributes, kind.attribute(), &mut errors);
        if let Some(name) = args.names("name").first() {
            errors.at(name, "the node is the type of this block: remove `name`");
        }
        let node = kind.of_block(krate, &block, &mut errors);
        let node = node.as_ref().map(expand::node);
        quote!(#block #node)
    } else {
        of_function(kind, krate, &args, item, &mut errors)
    };
    let errors = errors.finish();
    quote!(#code #errors)
}

fn of_function(
    kind: Kind,
    krate: SdkPath,
    args: &Args,
    item: &TokenStream,
    errors: &mut Errors,
) -> TokenStream {
    let mut member = Member::parse_one(item.clone()).ok();
    let repeated = member
        .as_mut()
        .is_some_and(|member| attributes::refuse_repeated(&mut member.attributes, kind.attribute(), errors));
    let item = match &member {
        Some(Member { attributes, tokens, .. }) if repeated => &quote!(#(#attributes)* #tokens),
        _ => item,
    };
    let Some((attributes, function)) =
        member.as_ref().and_then(|member| Some((&member.attributes, member.function.as_ref().ok()?)))
    else {
        errors.at(item, format_args!("`#[{}]` goes on an `async fn` or an `impl` block", kind.attribute()));
        return item.clone();
    };
    let signature = &function.signature;
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first() {
        errors.at(receiver, kind.belongs_on_the_block());
        return item.clone();
    }
    if let Some(parameter) = signature.generics.params.first() {
        let form = kind.form(&signature.ident, false);
        errors.at(
            parameter,
            format_args!(
                "a function with parameters is many nodes: write {form}, or put it on a generic type"
            ),
        );
        return quote!(#[allow(dead_code)] #item);
    }
    let name = args.names("name").first().cloned().unwrap_or_else(|| camel_case(&signature.ident));
    let node = kind.read(signature, errors).map(|(arguments, output)| Node {
        kind,
        krate,
        ty: name.to_token_stream(),
        generics: Generics::default(),
        arguments,
        output,
        function: signature.ident.to_token_stream(),
        name: signature.ident.clone(),
        made: Some((
            attributes::copied(attributes, &["doc", "deprecated", "must_use"]),
            function.visibility.clone(),
        )),
        cfg: attributes::copied(attributes, &["cfg"]),
    });
    let node = node.as_ref().map(expand::node);
    let allowed = if node.is_some() { quote!(clippy::unused_async) } else { quote!(dead_code) };
    quote!(#[allow(#allowed)] #item #node)
}

impl Kind {
    const fn grammar(self) -> &'static Grammar {
        match self {
            Self::Operator => &args::OPERATOR,
            Self::Engine => &args::ENGINE,
        }
    }

    fn attribute(self) -> &'static str {
        self.grammar().attribute()
    }

    /// What it looks like when it is right.
    fn form(self, name: &Ident, receiver: bool) -> String {
        let receiver = if receiver { "&self, " } else { "" };
        match self {
            Self::Operator => format!(
                "`async fn {name}({receiver}request: SingleIn<T>, next: Edge<U, Below>) -> Result<Above, CallError>`"
            ),
            Self::Engine => {
                format!("`async fn {name}({receiver}request: SingleIn<T>) -> Result<U, CallError>`")
            }
        }
    }

    fn belongs_on_the_block(self) -> String {
        format!(
            "a method is no node: put `#[{}]` on its `impl` block and call it `generate`",
            self.attribute()
        )
    }

    /// Reads the block of a type, whose `generate` is the node.
    fn of_block(self, krate: SdkPath, block: &ImplBlock, errors: &mut Errors) -> Option<Node> {
        let head = &block.head;
        let ty = &head.self_ty;
        if let Some((path, _)) = &head.trait_ {
            errors.at(
                path,
                format_args!(
                    "`#[{}]` implements the trait itself: write `impl {}`",
                    self.attribute(),
                    ty.to_token_stream()
                ),
            );
            return None;
        }
        let functions = || block.members.iter().filter_map(|member| member.function.as_ref().ok());
        let Some(function) = functions().find(|function| function.signature.ident == "generate") else {
            let form = self.form(&Ident::new("generate", Span::call_site()), true);
            errors.at(ty, format_args!("this block needs the function that is the node: {form}"));
            return None;
        };
        let signature = &function.signature;
        let before = errors.count();
        match signature.inputs.first() {
            Some(FnArg::Receiver(receiver)) => check_shared(receiver, "a node", errors),
            _ => errors.at(&signature.ident, "`generate` of a node takes `&self`"),
        }
        if let Some(parameter) = signature.generics.params.first() {
            errors.at(parameter, "`generate` of a node is not generic; make the type generic");
        }
        let types = self.read(signature, errors);
        let (arguments, output) = types.filter(|_| errors.count() == before)?;
        Some(Node {
            kind: self,
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
            made: None,
            cfg: attributes::copied(&block.attributes, &["cfg"]),
        })
    }

    /// The types of a function, if it can be a node.
    fn read(self, signature: &Signature, errors: &mut Errors) -> Option<(Vec<Type>, Type)> {
        let before = errors.count();
        let receiver = matches!(signature.inputs.first(), Some(FnArg::Receiver(_)));
        let form = self.form(&signature.ident, receiver);
        if signature.asyncness.is_none() {
            errors.at(signature.fn_token, format_args!("a node is asynchronous: write {form}"));
        }
        if let Safety::Unsafe(token) = &signature.safety {
            errors.at(
                token,
                format_args!(
                    "a node is not `unsafe`: whoever links it cannot uphold a condition; write {form}"
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
        if self == Self::Operator
            && let [first, second] = &arguments[..]
            && is_named(first, "Edge")
            && !is_named(second, "Edge")
        {
            errors.at(first, format_args!("the request comes before the edge: write {form}"));
        }
        for ty in &arguments {
            if let Some(borrow) = travels::first_elided(ty).filter(|_| !matches!(ty, Type::Reference(_))) {
                let message = format!("a node owns what it is given, for as long as it takes: write {form}");
                errors.push(syn::Error::new(borrow, message));
            } else if let Type::Reference(_) | Type::ImplTrait(_) = ty {
                errors.at(
                    ty,
                    format_args!("a node takes its arguments by value, with their types: write {form}"),
                );
            } else if is_plain(ty) {
                let message =
                    format!("a request comes in its context, and what is below is an edge: write {form}");
                errors.at(ty, message);
            }
        }
        let wanted = match self {
            Self::Operator => 2,
            Self::Engine => 1,
        };
        if let Some(extra) = signature.inputs.iter().filter(|a| matches!(a, FnArg::Typed(_))).nth(wanted) {
            errors.at(extra, format_args!("one argument too many: write {form}"));
        } else if arguments.len() < wanted {
            errors.at(&signature.ident, format_args!("an argument is missing: write {form}"));
        }
        let output = match &signature.output {
            ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)) => {
                errors.at(
                    ty,
                    format_args!("a node names what it returns: write {form}; a stream is a `ManyOut<T>`"),
                );
                None
            }
            ReturnType::Type(_, ty) if is_plain(ty) => {
                errors.at(ty, format_args!("a node can fail: write {form}"));
                None
            }
            ReturnType::Type(_, ty) => Some((**ty).clone()),
            ReturnType::Default => {
                errors.at(&signature.ident, format_args!("a node returns a `Result`: write {form}"));
                None
            }
        };
        (errors.count() == before).then_some((arguments, output?))
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

impl Node {
    /// Where an error about the whole node belongs.
    pub(crate) fn span(&self) -> Span {
        self.output.span()
    }
}
