//! The names of the address space, and the only place that knows which of them are valid.
//!
//! A name of ours is 1 to 63 characters of `a-z`, `0-9`, `-` and `_` and starts with a letter or digit, so that it means
//! the same in a store key, a NATS subject and a file name. The macros check literals when compiling, with the same
//! function. Dynamo itself applies no rule: names of its processes enter through `foreign`, which refuses only what
//! cannot travel.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};

/// The longest name of ours, in bytes.
pub const MAX_NAME_LEN: usize = 63;

/// The longest name that is accepted from a Dynamo process, in bytes.
const MAX_FOREIGN_LEN: usize = 255;

/// Where `name` breaks the rule, as a byte offset; `None` if it is valid.
pub(crate) const fn first_fault(name: &str) -> Option<usize> {
    let bytes = name.as_bytes();
    if bytes.is_empty() {
        return Some(0);
    }
    let mut at = 0;
    while at < bytes.len() {
        let allowed = match bytes[at] {
            b'a'..=b'z' | b'0'..=b'9' => true,
            b'-' | b'_' => at > 0,
            _ => false,
        };
        if !allowed || at == MAX_NAME_LEN {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn check(what: &str, name: &str) -> Result<(), Error> {
    let Some(at) = first_fault(name) else { return Ok(()) };
    let why = match name[at..].chars().next() {
        None => "it is empty".to_owned(),
        Some(_) if at >= MAX_NAME_LEN => format!("it has {} characters", name.len()),
        Some(c @ ('-' | '_')) => format!("it starts with {c:?}"),
        Some(c) => format!("{c:?} at position {at} is not allowed"),
    };
    Err(Error::new(
        ErrorKind::Invalid,
        format!("{what} name {name:?}: {why}; use 1 to 63 of a-z 0-9 - _, starting with a letter or digit"),
    ))
}

fn check_foreign(what: &str, name: &str) -> Result<(), Error> {
    let why = if name.is_empty() {
        "it is empty"
    } else if name.len() > MAX_FOREIGN_LEN {
        "it is longer than 255 bytes"
    } else if name.contains('/') {
        "it contains '/', which separates names in a store key"
    } else if name.chars().any(char::is_control) {
        "it contains a control character"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Invalid, format!("{what} name {name:?} cannot travel: {why}")))
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Cow<'static, str>);

        impl $name {
            /// Checks a name that is only known at run time.
            ///
            /// # Errors
            /// [`ErrorKind::Invalid`], with the name and the character that is wrong.
            pub fn new(name: impl Into<String>) -> Result<Self, Error> {
                let name = name.into();
                check($what, &name)?;
                Ok(Self(Cow::Owned(name)))
            }

            /// Takes a literal; in a `const`, a bad one is a compile error.
            ///
            /// # Panics
            /// If the name is not valid.
            #[must_use]
            pub const fn from_static(name: &'static str) -> Self {
                assert!(
                    first_fault(name).is_none(),
                    concat!("a ", $what, " name is 1 to 63 of a-z 0-9 - _ and starts with a letter or digit")
                );
                Self(Cow::Borrowed(name))
            }

            /// Takes a name that a Dynamo process chose, which may break our rule.
            ///
            /// # Errors
            /// [`ErrorKind::Invalid`] if it is empty, longer than 255 bytes, or contains `/` or a control character.
            pub fn foreign(name: impl Into<String>) -> Result<Self, Error> {
                let name = name.into();
                check_foreign($what, &name)?;
                Ok(Self(Cow::Owned(name)))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(name: &str) -> Result<Self, Error> {
                Self::new(name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(name: String) -> Result<Self, Error> {
                Self::foreign(name)
            }
        }
    };
}

name_type! {
    /// The first level of an address; isolates one deployment from another.
    NamespaceName, "namespace"
}
name_type! {
    /// The name of a set of endpoints that one type of the program implements.
    ComponentName, "component"
}
name_type! {
    /// The name of one callable function of a component.
    EndpointName, "endpoint"
}

name_type! {
    /// What the events of one channel are about.
    TopicName, "topic"
}

/// The full identity of a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ComponentId {
    /// The namespace it lives in.
    pub namespace: NamespaceName,
    /// Its own name.
    pub component: ComponentName,
}

impl ComponentId {
    /// Puts two names together.
    #[must_use]
    pub const fn new(namespace: NamespaceName, component: ComponentName) -> Self {
        Self { namespace, component }
    }

    /// Takes two literals; in a `const`, a bad one is a compile error.
    ///
    /// # Panics
    /// If a name is not valid.
    #[must_use]
    pub const fn from_static(namespace: &'static str, component: &'static str) -> Self {
        Self {
            namespace: NamespaceName::from_static(namespace),
            component: ComponentName::from_static(component),
        }
    }

    /// The identity of one of its endpoints.
    #[must_use]
    pub fn endpoint(&self, endpoint: EndpointName) -> EndpointId {
        EndpointId { namespace: self.namespace.clone(), component: self.component.clone(), endpoint }
    }
}

impl fmt::Display for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.namespace, self.component)
    }
}

/// The full identity of an endpoint. Its text form is `namespace.component.endpoint`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EndpointId {
    /// The namespace of its component.
    pub namespace: NamespaceName,
    /// The component it belongs to.
    pub component: ComponentName,
    /// Its own name.
    pub endpoint: EndpointName,
}

impl EndpointId {
    /// The component it belongs to.
    #[must_use]
    pub fn component_id(&self) -> ComponentId {
        ComponentId::new(self.namespace.clone(), self.component.clone())
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.namespace, self.component, self.endpoint)
    }
}

impl FromStr for EndpointId {
    type Err = Error;

    /// Reads `namespace.component.endpoint`, with or without `dyn://` in front.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut parts = text.strip_prefix("dyn://").unwrap_or(text).split('.');
        let (Some(namespace), Some(component), Some(endpoint), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("endpoint address {text:?}: write it as namespace.component.endpoint"),
            ));
        };
        Ok(Self {
            namespace: NamespaceName::new(namespace)?,
            component: ComponentName::new(component)?,
            endpoint: EndpointName::new(endpoint)?,
        })
    }
}

/// Which process serves: one random number for all endpoints of a `DistributedRuntime`, for as long as it lives.
///
/// On the wire it is decimal in JSON and lower-case hex in keys, paths and subjects (WIRE 1.1); `Display` gives the hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceId(pub u64);

impl InstanceId {
    /// A new random id. It is positive as a signed number, so that it can also be the id of an etcd lease.
    #[must_use]
    pub fn random() -> Self {
        let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
        // The version and variant bits of a UUID are fixed; mixing the halves leaves none that is.
        Self(((high.rotate_left(20) ^ low) & (i64::MAX as u64)).max(1))
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl FromStr for InstanceId {
    type Err = Error;

    /// Reads the hex form.
    fn from_str(hex: &str) -> Result<Self, Error> {
        u64::from_str_radix(hex, 16).map(Self).map_err(|source| {
            Error::new(ErrorKind::Invalid, format!("instance id {hex:?} is not a hex number")).because(source)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_the_same_for_literals_and_for_run_time_names() {
        for good in ["a", "0", "echo", "a-b_c", "9lives", &"x".repeat(63)] {
            assert_eq!(first_fault(good), None, "{good}");
            assert!(ComponentName::new(good).is_ok(), "{good}");
        }
        let long = "x".repeat(64);
        for (bad, at) in
            [("", 0), ("-a", 0), ("_a", 0), ("Echo", 0), ("ec ho", 2), ("a.b", 1), ("a/b", 1), (&*long, 63)]
        {
            assert_eq!(first_fault(bad), Some(at), "{bad}");
            let error = ComponentName::new(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.to_string().contains(&format!("{bad:?}")), "{error}");
        }
    }

    #[test]
    fn an_error_shows_the_name_and_the_character() {
        let error = NamespaceName::new("de mo").unwrap_err();
        assert_eq!(
            error.to_string(),
            "namespace name \"de mo\": ' ' at position 2 is not allowed; use 1 to 63 of a-z 0-9 - _, starting with a \
             letter or digit"
        );
    }

    #[test]
    fn a_name_of_a_dynamo_process_may_break_the_rule_but_not_the_key() {
        assert_eq!(NamespaceName::foreign("My-Ns_1").unwrap().as_str(), "My-Ns_1");
        assert_eq!(ComponentName::foreign("A%b c").unwrap().as_str(), "A%b c");
        for bad in ["", "a/b", "a\nb"] {
            assert!(EndpointName::foreign(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_endpoint_address_round_trips() {
        let id: EndpointId = "dyn://demo.echo.say".parse().unwrap();
        assert_eq!(id.to_string(), "demo.echo.say");
        assert_eq!(id, "demo.echo.say".parse().unwrap());
        for bad in ["demo.echo", "demo.echo.say.more", "demo..say", "Demo.echo.say"] {
            assert!(bad.parse::<EndpointId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_instance_id_is_hex_as_text_and_a_positive_lease_id() {
        assert_eq!(InstanceId(1353509821176491014).to_string(), "12c8a202db3a2c06");
        assert_eq!("12c8a202db3a2c06".parse::<InstanceId>().unwrap(), InstanceId(1353509821176491014));
        for _ in 0..1000 {
            let id = InstanceId::random().0;
            assert!(i64::try_from(id).is_ok_and(|id| id > 0));
        }
    }
}
