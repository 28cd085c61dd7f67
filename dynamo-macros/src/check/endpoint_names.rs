//! Two endpoints of one name are an error unless their `#[cfg]`s may exclude each other.

use std::collections::HashMap;

use crate::errors::Errors;
use crate::model::endpoint::Endpoint;
use crate::model::omitted::Omitted;

pub(super) fn check(endpoints: &[Endpoint], omitted: &mut Omitted, errors: &mut Errors) {
    let mut seen: HashMap<String, Vec<&Endpoint>> = HashMap::new();
    for (at, endpoint) in endpoints.iter().enumerate() {
        if !endpoint.is_sound || omitted.mounts.contains(&at) {
            continue;
        }
        let earlier = seen.entry(endpoint.name.value()).or_default();
        let Some(first) = earlier.iter().find(|other| other.carried.coexists_with(&endpoint.carried)) else {
            earlier.push(endpoint);
            continue;
        };
        errors.at(
            &endpoint.name,
            format_args!(
                "the endpoint `{}` exists already, as the method `{}`: choose another name with \
                 `#[endpoint(name = \"…\")]`",
                endpoint.name.value(),
                first.method
            ),
        );
        omitted.mounts.push(at);
        if endpoint.method == first.method {
            // rustc reports the duplicate method, and must not report it on the client too.
            omitted.client_methods.push(at);
        }
    }
}
