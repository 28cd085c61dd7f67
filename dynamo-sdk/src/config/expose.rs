//! Access to the text of a secret, for backends that authenticate.

use crate::config::secret::Secret;

impl Secret {
    /// Returns the text, for the server that it authenticates to.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}
