//! What the attributes on functions write: nodes of a pipeline, and tests.

use proc_macro2::TokenStream;
use quote::quote;

use crate::read::entry;

use crate::read::entry::Entry;
use crate::read::node;
use crate::read::node::Kind;
use crate::tests::assert_snapshot;

#[test]
fn nodes_and_tests_call_the_function_as_it_is() {
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
    let operator = node::attribute(Kind::Operator, quote!(), &function);
    let engine = node::attribute(Kind::Engine, quote!(), &block);
    let test = |function| entry::attribute(Entry::Test, TokenStream::new(), &function);
    let alone = test(quote! {
        #[should_panic]
        async fn fails() { panic!() }
    });
    let given = test(quote! {
        async fn says_it(runtime: DistributedRuntime) -> Result<()> { Ok(()) }
    });
    let together = test(quote! {
        async fn finds_it(server: DistributedRuntime, client: DistributedRuntime) {}
    });
    assert_snapshot("functions", quote!(#operator #engine #alone #given #together));
}
