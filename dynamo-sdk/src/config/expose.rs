//! Access to the text of a secret, for the backends that log in.

use crate::config::secret::Secret;

impl Secret {
    /// Returns the text, for the server that it is meant for.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}
