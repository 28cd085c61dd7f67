//! Methods that the macro itself writes on the client.

use crate::errors::Errors;
use crate::model::endpoint::Endpoint;
use crate::model::omitted::Omitted;

/// What every client has already.
const RESERVED: &[&str] = &["connect", "local", "from_double"];

pub(super) fn check(client: &str, endpoints: &[Endpoint], omitted: &mut Omitted, errors: &mut Errors) {
    for (at, endpoint) in endpoints.iter().enumerate() {
        if RESERVED.iter().any(|reserved| endpoint.method == reserved) {
            let name = &endpoint.method;
            errors.at(
                name,
                format_args!(
                    "`{client}::{name}` is a constructor of the client: rename the method, and keep the \
                     endpoint's name with \
                     `#[endpoint(name = \"{name}\")]`"
                ),
            );
            omitted.mounts.push(at);
            omitted.client_methods.push(at);
        }
    }
}
