//! `#[dynamo_sdk::main]` and `#[dynamo_sdk::test]`: an `async fn` that runs on a runtime of its own.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, ReturnType, Safety, Signature, Type};

use crate::attr::grammar as args;

use crate::attr::grammar::{Args, Grammar};
use crate::attr::sdk_path::SdkPath;
use crate::errors::Errors;
use crate::read::inputs::{is_bound, last_segment, peel};
use crate::syntax::attributes;
use crate::syntax::impl_block::{Function, Member};

/// Which of the two it is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Entry {
    Main,
    Test,
}

/// The whole of either attribute.
pub(crate) fn attribute(entry: Entry, args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(entry.grammar(), args, &mut errors);
    let krate = SdkPath::read(&args, &mut errors);
    let mut member = Member::parse_one(item.clone()).ok();
    let Some((attributes, function)) =
        member.as_mut().and_then(|m| Some((&mut m.attributes, m.function.as_ref().ok()?)))
    else {
        let name = entry.grammar().attribute();
        let message = format!("`#[dynamo_sdk::{name}]` goes on an `async fn`");
        errors.at(item, message);
        let errors = errors.finish();
        return quote!(#item #errors);
    };
    entry.check(attributes, &function.signature, &mut errors);
    let code = entry.expand(&krate, attributes, function, errors.count() == 0);
    let errors = errors.finish();
    quote!(#code #errors)
}

impl Entry {
    const fn grammar(self) -> &'static Grammar {
        match self {
            Self::Main => &args::MAIN,
            Self::Test => &args::TEST,
        }
    }

    fn check(self, attributes: &mut Vec<Attribute>, signature: &Signature, errors: &mut Errors) {
        let attribute = self.grammar().attribute();
        attributes::refuse_other_runners(attributes, attribute, errors);
        let name = &signature.ident;
        let form = format!("`async fn {name}(runtime: DistributedRuntime)`");
        if signature.asyncness.is_none() {
            errors.at(signature.fn_token, format_args!("the function runs on a runtime: write {form}"));
        }
        if let Safety::Unsafe(token) = &signature.safety {
            errors.at(
                token,
                format_args!("the function is not `unsafe`: it is the SDK that calls it; write {form}"),
            );
        }
        for input in &signature.inputs {
            if let FnArg::Typed(argument) = input
                && let Type::Reference(_) = peel(&argument.ty)
            {
                errors.at(&argument.ty, format_args!("the function owns its runtime: write {form}"));
            }
        }
        if let Some(param) = signature.generics.params.first() {
            errors.at(param, format_args!("the function is not generic: write {form}"));
        }
        if let Some(extra) = signature.inputs.iter().nth(1)
            && self == Self::Main
        {
            errors.at(extra, format_args!("the function takes the runtime and nothing else: write {form}"));
        }
        if self == Self::Main && name != "main" {
            errors.at(
                name,
                "`#[dynamo_sdk::main]` goes on `main`; elsewhere, make a `DistributedRuntime` yourself",
            );
        }
    }

    /// The user's function, unchanged, in one that runs it.
    fn expand(
        self,
        krate: &SdkPath,
        attributes: &[Attribute],
        function: &Function,
        sound: bool,
    ) -> TokenStream {
        let Function { visibility, signature, body } = function;
        let name = &signature.ident;
        if self == Self::Main && name != "main" {
            return quote!(#(#attributes)* #visibility #signature #body);
        }
        let (marker, output, run) = match self {
            Self::Main => (None, quote!(-> ::std::process::ExitCode), quote!(run)),
            Self::Test => {
                let output = &signature.output;
                // The path, because `test` may be ours in the user's module.
                (Some(quote!(#[::core::prelude::v1::test])), quote!(#output), quote!(test))
            }
        };
        // A wrong argument or result is told where its type stands.
        let located = |tokens: &dyn Spanned| Span::mixed_site().located_at(tokens.span());
        let span = match &signature.output {
            ReturnType::Type(_, ty) => located(ty),
            ReturnType::Default => located(name),
        };
        let argument = match signature.inputs.first() {
            Some(FnArg::Typed(argument)) => located(&argument.ty),
            _ => span,
        };
        let path = krate.at(span);
        let call = match (sound, signature.inputs.len()) {
            // Something to return, so that only the problem itself is reported.
            (false, _) => quote!(::core::unreachable!()),
            (true, given @ 0..=1) => {
                let runtime = (given == 1).then(|| Ident::new("runtime", argument));
                let ignored = runtime.is_none().then(|| quote_spanned!(span=> _));
                let mut called = quote_spanned!(span=> #name(#runtime));
                if self == Self::Main && returns_boxed_error(&signature.output) {
                    called = quote_spanned!(span=> #path::__private::boxed(#called));
                }
                quote_spanned!(span=> #path::__private::#run(|#runtime #ignored| #called))
            }
            (true, count) => {
                let runtimes: Vec<_> = (0..count).map(|at| format_ident!("runtime_{at}")).collect();
                quote!(#krate::__private::test_cluster(|[#(#runtimes),*]| #name(#(#runtimes),*)))
            }
        };
        let allowed =
            if sound { quote!(clippy::unused_async) } else { quote!(clippy::unused_async, dead_code) };
        quote! {
            #marker
            #(#attributes)*
            #visibility fn #name() #output {
                #[allow(#allowed)]
                #signature #body

                #call
            }
        }
    }
}

/// Whether a function returns `Result<(), Box<dyn Error>>`, whose error may be one of a single thread.
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
