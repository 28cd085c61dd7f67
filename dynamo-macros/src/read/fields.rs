//! Reads `#[client]` on the fields of a component.

use syn::{Attribute, Data, DeriveInput, Fields};

use crate::errors::Errors;
use crate::model::component::Field;
use crate::syntax::attributes::{conditional, copied};
use crate::syntax::types::text;

/// Reads the fields and removes the markers. The fields are empty if none is a client; the flag says whether
/// there were markers.
pub(super) fn read(input: &mut DeriveInput, errors: &mut Errors) -> (Vec<Field>, bool) {
    let mut marked = false;
    let mut fields = Vec::new();
    let component = &input.ident;
    match &mut input.data {
        Data::Struct(data) => {
            let named = matches!(data.fields, Fields::Named(_));
            for field in &mut data.fields {
                let is_client = take_marker(field, errors, &mut marked, |field, marker, errors| {
                    if !named {
                        let ty = text(&field.ty);
                        let remedy = format!(
                            "a client must be a named field, for the constructor to fill: write \
                             `struct {component} {{ #[client] name: {ty}, … }}`"
                        );
                        errors.at(marker, remedy);
                    }
                });
                if let Some(name) = field.ident.clone() {
                    let cfg = copied(&field.attrs, &["cfg"]);
                    fields.push(Field { name, ty: field.ty.clone(), cfg, is_client });
                }
            }
        }
        Data::Enum(data) => {
            for field in data.variants.iter_mut().flat_map(|variant| variant.fields.iter_mut()) {
                take_marker(field, errors, &mut marked, |_, marker, errors| {
                    errors.at(
                        marker,
                        "`#[client]` marks a field of a `struct`: an `enum` has no constructor that could \
                         connect it; \
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
    (fields, marked)
}

/// Removes `#[client]` from a field. Whether it was there and is correct.
fn take_marker(
    field: &mut syn::Field,
    errors: &mut Errors,
    marked: &mut bool,
    check: impl FnOnce(&syn::Field, &Attribute, &mut Errors),
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
        let message = if conditional(&first.meta).is_some() {
            "a marker cannot be conditional on its own: write `#[cfg(…)] #[client]`"
        } else {
            "`#[client]` takes no keys: the type of the field names the component"
        };
        errors.at(first, message);
    }
    check(field, first, errors);
    errors.count() == before
}

/// Ours, also inside a `cfg_attr`: that is expanded after us.
fn is_marker(attribute: &Attribute) -> bool {
    is_client(attribute.path())
        || conditional(&attribute.meta)
            .is_some_and(|(_, metas)| metas.iter().any(|meta| is_client(meta.path())))
}

fn is_client(path: &syn::Path) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == "client")
}
