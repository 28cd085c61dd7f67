//! What the attributes on functions write: nodes of a pipeline, and tests.

use proc_macro2::TokenStream;
use quote::quote;

use super::assert_snapshot;
use crate::attr::grammar::Attribute;
use crate::driver::run;

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
    let operator = run(Attribute::Operator, quote!(), function);
    let engine = run(Attribute::Engine, quote!(), block);
    let test = |function| run(Attribute::Test, TokenStream::new(), function);
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
