//! The result of reading.

use proc_macro2::TokenStream;

use crate::model::Model;

/// An item after reading.
pub(crate) struct Read {
    /// What is emitted of the item beside the code of the model.
    pub(crate) item: TokenStream,
    /// The model, if there is enough of it.
    pub(crate) model: Option<Model>,
}
