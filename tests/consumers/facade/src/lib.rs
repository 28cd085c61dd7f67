//! A crate that passes the SDK on to its own users, who do not depend on it themselves.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, clippy::pedantic)]

pub use inner as sdk;

/// A component with one endpoint, made in the crate of the caller.
#[macro_export]
macro_rules! echo {
    ($name:ident, $request:ty) => {
        /// Returns what it gets.
        #[$crate::sdk::component(namespace = "facade", crate = $crate::sdk)]
        #[derive(Debug)]
        pub struct $name;

        #[$crate::sdk::endpoints(crate = $crate::sdk)]
        impl $name {
            /// Returns it.
            #[$crate::sdk::endpoint]
            pub async fn say(&self, request: $request) -> $request {
                request
            }
        }
    };
}
