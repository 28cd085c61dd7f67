//! Names of the address space, and the rules that decide which names are valid.
//!
//! An SDK name has 1 to 63 characters out of `a-z`, `0-9`, `-` and `_` and starts with a letter or
//! digit, so that it reads the same in a store key, a NATS subject and a file name. The macros check
//! literals at compile time with the same function. Dynamo itself imposes no rule: names chosen by its
//! processes enter through `from_wire`, which rejects only what cannot be put into a key.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::address::invalid::InvalidName;

/// Maximum length of an SDK name, in bytes.
pub const MAX_NAME_LEN: usize = 63;

/// Maximum length of a name received from a Dynamo process, in bytes.
const MAX_FOREIGN_LEN: usize = 255;

/// Returns the byte offset at which `name` breaks the rule, or `None` if it is valid.
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

fn check(what: &str, name: &str) -> Result<(), InvalidName> {
    let Some(at) = first_fault(name) else { return Ok(()) };
    let why = match name[at..].chars().next() {
        None => "it is empty".to_owned(),
        Some(_) if at >= MAX_NAME_LEN => format!("it has {} characters", name.len()),
        Some(c @ ('-' | '_')) => format!("it starts with {c:?}"),
        Some(c) => format!("{c:?} at position {at} is not allowed"),
    };
    Err(InvalidName::new(format!(
        "{what} name {name:?}: {why}; use 1 to 63 of a-z 0-9 - _, starting with a letter or digit"
    )))
}

fn check_foreign(what: &str, name: &str) -> Result<(), InvalidName> {
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
    Err(InvalidName::new(format!("{what} name {name:?} cannot be used in a key: {why}")))
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Cow<'static, str>);

        impl $name {
            /// Creates a name from a string that is only known at run time.
            ///
            /// # Errors
            /// [`InvalidName`], which shows the name and the offending character.
            pub fn new(name: impl Into<String>) -> Result<Self, InvalidName> {
                let name = name.into();
                check($what, &name)?;
                Ok(Self(Cow::Owned(name)))
            }

            /// Creates a name from a literal. In a `const`, an invalid name is a compile error.
            ///
            /// # Panics
            /// If the name is invalid.
            #[must_use]
            pub const fn from_static(name: &'static str) -> Self {
                assert!(
                    first_fault(name).is_none(),
                    concat!("a ", $what, " name is 1 to 63 of a-z 0-9 - _ and starts with a letter or digit")
                );
                Self(Cow::Borrowed(name))
            }

            /// Accepts a name chosen by a Dynamo process, which may break the SDK's rule.
            ///
            /// # Errors
            /// [`InvalidName`] if it is empty, longer than 255 bytes, or contains `/` or a control character.
            pub fn from_wire(name: impl Into<String>) -> Result<Self, InvalidName> {
                let name = name.into();
                check_foreign($what, &name)?;
                Ok(Self(Cow::Owned(name)))
            }

            /// Returns the name as a string slice.
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
            type Err = InvalidName;
            fn from_str(name: &str) -> Result<Self, InvalidName> {
                Self::new(name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;
            fn try_from(name: String) -> Result<Self, InvalidName> {
                Self::from_wire(name)
            }
        }
    };
}

name_type! {
    /// The first level of an address. Isolates deployments from each other.
    NamespaceName, "namespace"
}
name_type! {
    /// The name of a component: a set of endpoints implemented by one type.
    ComponentName, "component"
}
name_type! {
    /// The name of an endpoint: one callable function of a component.
    EndpointName, "endpoint"
}

name_type! {
    /// The name of an event topic.
    TopicName, "topic"
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
        assert_eq!(NamespaceName::from_wire("My-Ns_1").unwrap().as_str(), "My-Ns_1");
        assert_eq!(ComponentName::from_wire("A%b c").unwrap().as_str(), "A%b c");
        for bad in ["", "a/b", "a\nb"] {
            assert!(EndpointName::from_wire(bad).is_err(), "{bad:?}");
        }
    }
}
