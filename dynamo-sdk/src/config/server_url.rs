//! The URLs of servers. A login in them is never shown.

use std::fmt;

use percent_encoding::percent_decode_str;

use crate::config::secret::Secret;
use crate::config::value::Value;

/// The URL of a server. `Debug` and `Display` mask the login that it may contain, as in `etcd://***@host:2379`.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl {
    /// Without the login.
    address: String,
    pub(super) login: Option<UrlLogin>,
}

/// The login in a URL, decoded.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct UrlLogin {
    /// The user; a token, if there is no password.
    pub(crate) user: Secret,
    pub(crate) password: Option<Secret>,
}

impl ServerUrl {
    /// Returns the URL without its login.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl From<&str> for ServerUrl {
    fn from(url: &str) -> Self {
        let plain = || Self { address: url.to_owned(), login: None };
        let Some((scheme, rest)) = url.split_once("://") else { return plain() };
        let authority = rest.find('/').unwrap_or(rest.len());
        let Some(at) = rest[..authority].rfind('@') else { return plain() };
        let decode = |text: &str| Secret(percent_decode_str(text).decode_utf8_lossy().into_owned());
        let login = match rest[..at].split_once(':') {
            Some((user, password)) => UrlLogin { user: decode(user), password: Some(decode(password)) },
            None => UrlLogin { user: decode(&rest[..at]), password: None },
        };
        Self { address: format!("{scheme}://{}", &rest[at + 1..]), login: Some(login) }
    }
}

impl From<String> for ServerUrl {
    fn from(url: String) -> Self {
        Self::from(url.as_str())
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.login, self.address.split_once("://")) {
            (Some(_), Some((scheme, rest))) => write!(f, "{scheme}://***@{rest}"),
            _ => f.write_str(&self.address),
        }
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

/// The URLs of the servers of one cluster; as text separated by commas.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ServerUrls(pub(super) Vec<ServerUrl>);

impl ServerUrls {
    /// Returns the URLs in order.
    pub fn iter(&self) -> std::slice::Iter<'_, ServerUrl> {
        self.0.iter()
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a ServerUrls {
    type Item = &'a ServerUrl;
    type IntoIter = std::slice::Iter<'a, ServerUrl>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<&str> for ServerUrls {
    fn from(urls: &str) -> Self {
        Self(urls.split(',').map(str::trim).filter(|url| !url.is_empty()).map(ServerUrl::from).collect())
    }
}

impl From<String> for ServerUrls {
    fn from(urls: String) -> Self {
        Self::from(urls.as_str())
    }
}

impl<T: AsRef<str>> From<Vec<T>> for ServerUrls {
    fn from(urls: Vec<T>) -> Self {
        Self(urls.iter().flat_map(|urls| Self::from(urls.as_ref()).0).collect())
    }
}

impl fmt::Display for ServerUrls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
    }
}

impl fmt::Debug for ServerUrls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl Value for ServerUrls {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }

    fn show(&self) -> String {
        if self.is_empty() { "unset".to_owned() } else { self.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_split_off_and_never_shown() {
        for (text, address, shown) in [
            ("http://host:1", "http://host:1", "http://host:1"),
            ("http://ann:hush@host:1/x", "http://host:1/x", "http://***@host:1/x"),
            ("nats://hush@host", "nats://host", "nats://***@host"),
            ("nats://ann:hu@sh@host", "nats://host", "nats://***@host"),
            ("no url", "no url", "no url"),
        ] {
            let url = ServerUrl::from(text);
            assert_eq!((url.address(), url.to_string().as_str()), (address, shown));
            assert!(!format!("{url:?} {:?}", ServerUrls::from(text)).contains("hush"));
        }
        let urls = ServerUrls::from("http://a, http://ann:p%40ss@b,");
        assert_eq!(urls.iter().count(), 2);
        let login = urls.login().unwrap();
        assert_eq!((login.user.0.as_str(), login.password.as_ref().unwrap().0.as_str()), ("ann", "p@ss"));
        assert_eq!(ServerUrls::from(vec!["http://a,http://b".to_owned()]).iter().count(), 2);
    }
}
