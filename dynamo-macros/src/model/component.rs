//! A component: a type, its identity, its client and the clients that it holds.

use proc_macro2::{Ident, TokenStream};
use syn::{Generics, LitStr, Type, Visibility};

use super::sdk_path::SdkPath;

/// A component, with every default resolved. If something was wrong, the names are valid placeholders.
pub(crate) struct Component {
    pub(crate) krate: SdkPath,
    pub(crate) ident: Ident,
    pub(crate) client: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) generics: Generics,
    pub(crate) namespace: LitStr,
    pub(crate) name: LitStr,
    /// What the client type takes over from the attributes of the type.
    pub(crate) client_attributes: TokenStream,
    /// Whether the item is deprecated or names deprecated items, so that generated code may too.
    pub(crate) deprecated: bool,
    /// The fields of a component that has clients; empty if it has none.
    pub(crate) fields: Vec<Field>,
    pub(crate) docs: Option<TokenStream>,
}

/// One field of a component.
pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// The `#[cfg]`s of the field, repeated where it is filled.
    pub(crate) cfg: TokenStream,
    /// Whether the constructor connects it.
    pub(crate) is_client: bool,
}

impl Component {
    /// The fields that the constructor connects.
    pub(crate) fn clients(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_client)
    }
}
