//! `#[client]` on fields of a component: the components that it calls, and the constructor that connects them.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Data, DeriveInput, Field, Fields, Ident, Type};

use crate::errors::Errors;
use crate::syntax::attributes;

/// The fields of a component that has clients; empty if it has none.
#[derive(Default)]
pub(crate) struct Dependencies {
    pub(crate) fields: Vec<Part>,
    /// The item without the markers, if there were any.
    pub(crate) stripped: Option<TokenStream>,
}

/// One field of the component.
pub(crate) struct Part {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// The `#[cfg]`s of the field, which also go where it is filled.
    pub(crate) cfg: TokenStream,
    /// Whether the constructor connects it.
    pub(crate) is_client: bool,
}

impl Dependencies {
    /// Reads the markers and takes them away.
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut stripped = input.clone();
        let mut marked = false;
        let mut fields = Vec::new();
        match &mut stripped.data {
            Data::Struct(data) => {
                let named = matches!(data.fields, Fields::Named(_));
                for field in &mut data.fields {
                    let is_client = take_marker(field, errors, &mut marked, |field, marker, errors| {
                        if !named {
                            let ty = crate::read::inputs::text(&field.ty);
                            let remedy = format!(
                                "a client is a field with a name, by which the constructor fills it: write `struct {} {{ \
                                 #[client] name: {ty}, … }}`",
                                input.ident
                            );
                            errors.at(marker, remedy);
                        }
                    });
                    if let Some(name) = field.ident.clone() {
                        let cfg = attributes::copied(&field.attrs, &["cfg"]);
                        fields.push(Part { name, ty: field.ty.clone(), cfg, is_client });
                    }
                }
            }
            Data::Enum(data) => {
                for field in data.variants.iter_mut().flat_map(|variant| variant.fields.iter_mut()) {
                    take_marker(field, errors, &mut marked, |_, marker, errors| {
                        errors.at(
                            marker,
                            "`#[client]` marks a field of a `struct`: an `enum` has no constructor that could connect it; \
                             put the `enum` into a field of the component",
                        );
                    });
                }
            }
            Data::Union(_) => {}
        }
        if !fields.iter().any(|field| field.is_client) {
            fields.clear();
        }
        Self { fields, stripped: marked.then(|| stripped.into_token_stream()) }
    }

    /// The fields that the constructor connects.
    pub(crate) fn clients(&self) -> impl Iterator<Item = &Part> {
        self.fields.iter().filter(|field| field.is_client)
    }
}

/// Removes `#[client]` from a field; whether it was there and is in order.
fn take_marker(
    field: &mut Field,
    errors: &mut Errors,
    marked: &mut bool,
    check: impl FnOnce(&Field, &Attribute, &mut Errors),
) -> bool {
    let (markers, rest): (Vec<Attribute>, Vec<Attribute>) =
        std::mem::take(&mut field.attrs).into_iter().partition(is_marker);
    field.attrs = rest;
    let Some((first, again)) = markers.split_first() else { return false };
    *marked = true;
    let before = errors.count();
    for marker in again {
        errors.at(marker, "this field is marked with `#[client]` already; remove one");
    }
    if !matches!(first.meta, syn::Meta::Path(_)) {
        let message = if attributes::conditional(&first.meta).is_some() {
            "a field is a client or it is not: write `#[cfg(…)] #[client]`"
        } else {
            "`#[client]` takes nothing: which component it is, the type of the field says"
        };
        errors.at(first, message);
    }
    check(field, first, errors);
    errors.count() == before
}

/// Ours, also inside a `cfg_attr`: that is expanded after us.
fn is_marker(attribute: &Attribute) -> bool {
    is_client(attribute.path())
        || attributes::conditional(&attribute.meta)
            .is_some_and(|(_, metas)| metas.iter().any(|meta| is_client(meta.path())))
}

fn is_client(path: &syn::Path) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == "client")
}

/// The whole of `#[client]` where no `#[component]` has consumed it.
pub(crate) fn stray_marker(item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    errors.push(syn::Error::new(
        Span::call_site(),
        "`#[client]` marks a field of a `struct` with `#[component]`: the client of a component that this one calls",
    ));
    let errors = errors.finish();
    quote!(#item #errors)
}
