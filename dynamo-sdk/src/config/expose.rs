//! Access to secrets, for backends that authenticate.

use crate::config::secret::Secret;
use crate::config::server_url::{ServerUrls, UrlLogin};

impl Secret {
    /// Returns the text, for the server that it authenticates to.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl ServerUrls {
    /// Returns the first login among the URLs.
    pub(crate) fn login(&self) -> Option<&UrlLogin> {
        self.0.iter().find_map(|url| url.login.as_ref())
    }
}
