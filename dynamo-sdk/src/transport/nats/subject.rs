//! Names on NATS (docs/wire/request-plane.md#nats-subjects). A subject is built once, when an endpoint is
//! opened, and advertised in its record; callers use what is advertised and never build one.

use crate::address::ids::{ComponentId, EndpointId, InstanceId};
use crate::error::{Error, ErrorKind, Result};

/// The queue group of all endpoints.
pub(super) const QUEUE_GROUP: &str = "q";

/// Returns the subject of an endpoint, used both in its record and in its subscription.
///
/// # Errors
/// [`ErrorKind::Invalid`] for names, chosen by a Dynamo process, that would be misinterpreted within a
/// subject.
pub(super) fn of(endpoint: &EndpointId, instance: InstanceId) -> Result<String> {
    let EndpointId { namespace, component, endpoint: name } = endpoint;
    let subject = format!("{namespace}_{component}.{name}-{instance}");
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '*' | '>');
    if subject.chars().all(plain) && subject.split('.').all(|token| !token.is_empty()) {
        return Ok(subject);
    }
    let what =
        format!("cannot serve {endpoint} over NATS: invalid subject {subject:?}; use a-z 0-9 - _ in names");
    Err(Error::new(ErrorKind::Invalid, what))
}

/// Returns the micro service name of a component.
pub(super) fn service(component: &ComponentId) -> String {
    slug(&format!("{}_{}", component.namespace, component.component))
}

/// Returns the name of an endpoint in the replies of its micro service.
pub(super) fn endpoint_name(subject: &str) -> String {
    subject.replace('.', "-")
}

/// Applies Dynamo's rule: lower-case, everything outside of `a-z0-9-_` becomes an underscore, no leading
/// underscores.
fn slug(text: &str) -> String {
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_');
    let slug: String = text.to_lowercase().chars().map(|c| if allowed(c) { c } else { '_' }).collect();
    slug.trim_start_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::names::{ComponentName, EndpointName, NamespaceName};

    fn endpoint(namespace: &str, component: &str, endpoint: &str) -> EndpointId {
        EndpointId {
            namespace: NamespaceName::from_wire(namespace).unwrap(),
            component: ComponentName::from_wire(component).unwrap(),
            endpoint: EndpointName::from_wire(endpoint).unwrap(),
        }
    }

    #[test]
    fn names_are_the_captured_ones() {
        let echo = endpoint("interop", "backend", "echo");
        let subject = of(&echo, InstanceId(0x12c8_a202_db3a_30cb)).unwrap();
        assert_eq!(subject, "interop_backend.echo-12c8a202db3a30cb");
        assert_eq!(endpoint_name(&subject), "interop_backend-echo-12c8a202db3a30cb");
        assert_eq!(service(&echo.component_id()), "interop_backend");
    }

    #[test]
    fn the_subject_keeps_the_names_and_the_slug_does_not() {
        let odd = endpoint("My.Ns", "B\u{e4}ck-end_1", "echo");
        assert_eq!(of(&odd, InstanceId(1)).unwrap(), "My.Ns_B\u{e4}ck-end_1.echo-1");
        assert_eq!(service(&odd.component_id()), "my_ns_b_ck-end_1");
        assert_eq!(slug("__X y"), "x_y");
    }

    #[test]
    fn what_is_no_subject_is_refused_before_anything_is_sent() {
        for bad in ["a b", "a*", ">", ".a", "a..b", "a\u{a0}b"] {
            let error = of(&endpoint(bad, "c", "e"), InstanceId(1)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{bad:?}");
        }
    }
}
