//! What `#[operator]`, `#[engine]` and `#[endpoint(pipeline = …)]` write.

use quote::quote;

use crate::endpoints;
use crate::node::{Kind, attribute};
use crate::tests::assert_snapshot;

#[test]
fn nodes_and_a_handler_behind_them() {
    let function = quote! {
        /// Splits a text into words.
        pub async fn tokenize(request: SingleIn<String>, next: Edge<Vec<String>, u32>) -> Result<u32, CallError> {
            next.generate(request.map(words)).await
        }
    };
    let block = quote! {
        impl<T: Model> Answer<T> {
            async fn generate(&self, request: SingleIn<String>) -> Result<T::Output, CallError> {
                self.model.run(request).await
            }
        }
    };
    let endpoints = quote! {
        impl Echo {
            /// Counts words.
            #[endpoint(pipeline = [Tokenize, Limit::new(8)], request = String)]
            async fn count(&self, words: Vec<String>) -> u32 {
                words.len() as u32
            }
        }
    };
    let operator = attribute(Kind::Operator, quote!(), &function);
    let engine = attribute(Kind::Engine, quote!(), &block);
    let endpoints = endpoints::attribute(quote!(), endpoints);
    assert_snapshot("nodes", quote!(#operator #engine #endpoints));
}
