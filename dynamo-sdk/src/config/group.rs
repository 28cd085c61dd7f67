//! A group of settings: a plain struct, its setters on the builder, and its rows in the table of settings.

use crate::config::builder::ConfigBuilder;
use crate::error::Result;

/// The settings of one subsystem.
pub(super) trait Group: Sized {
    /// Variable and key of each setting.
    const NAMES: &'static [(&'static str, &'static str)];

    /// Collects the effective values.
    fn resolve(builder: &ConfigBuilder) -> Result<Self>;

    /// Returns variable and value of each setting, with secrets masked.
    fn effective(&self) -> Vec<(&'static str, String)>;

    /// Returns variable, default and description of each setting.
    fn table() -> Vec<(&'static str, String, String)>;
}

/// Declares a group: docs, name, type, default and variable of each setting.
macro_rules! settings {
    ($(#[doc = $about:literal])+ $group:ident {
        $($(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr, $variable:literal;)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone)]
        pub(crate) struct $group {
            $($(#[doc = $doc])+ pub(crate) $field: $type,)+
        }

        impl ConfigBuilder {
            $($(#[doc = $doc])+ pub fn $field(self, value: impl Into<$type>) -> Self {
                let value: $type = value.into();
                self.set(stringify!($field), value)
            })+
        }

        impl Group for $group {
            const NAMES: &'static [(&'static str, &'static str)] = &[$(($variable, stringify!($field))),+];

            fn resolve(builder: &ConfigBuilder) -> Result<Self> {
                Ok(Self { $($field: builder.resolve($variable, stringify!($field), || $default)?,)+ })
            }

            fn effective(&self) -> Vec<(&'static str, String)> {
                vec![$(($variable, self.$field.show())),+]
            }

            fn table() -> Vec<(&'static str, String, String)> {
                vec![$({
                    let default: $type = $default;
                    ($variable, default.show(), concat!($($doc),+).trim().to_owned())
                }),+]
            }
        }
    };
}

pub(super) use settings;
