//! Server URLs and logins, extracted from the settings so that nothing displayed contains a secret.

use async_nats::ConnectOptions;

use crate::config::nats::NatsSettings;
use crate::error::{Error, ErrorKind, Result};

/// Dynamo's default login. A server without authorization ignores it.
const DEFAULT_LOGIN: &str = "user";

/// A login.
enum Login {
    User(String, String),
    Token(String),
}

/// The servers and the login.
pub(super) struct Servers {
    /// URLs without user information.
    pub(super) urls: Vec<String>,
    login: Login,
}

impl Servers {
    /// Reads the settings. A separate login setting takes precedence over one in the URL.
    pub(super) fn of(settings: &NatsSettings) -> Result<Self> {
        let urls = settings.nats_server.iter().map(|url| url.address().to_owned()).collect();
        // A user without a password is a token, as in every NATS client.
        let from_url = settings.nats_server.login().map(|login| match &login.password {
            Some(password) => Login::User(login.user.expose().to_owned(), password.expose().to_owned()),
            None => Login::Token(login.user.expose().to_owned()),
        });
        let login =
            match (&settings.nats_auth_username, &settings.nats_auth_password, &settings.nats_auth_token) {
                (Some(user), Some(password), _) => Login::User(user.clone(), password.expose().to_owned()),
                (None, None, Some(token)) => Login::Token(token.expose().to_owned()),
                (None, None, None) => from_url
                    .unwrap_or_else(|| Login::User(DEFAULT_LOGIN.to_owned(), DEFAULT_LOGIN.to_owned())),
                _ => {
                    let what = "set both NATS_AUTH_USERNAME and NATS_AUTH_PASSWORD, or neither";
                    return Err(Error::new(ErrorKind::Invalid, what));
                }
            };
        Ok(Self { urls, login })
    }

    /// Returns connect options with the login.
    pub(super) fn options(&self) -> ConnectOptions {
        match &self.login {
            Login::User(user, password) => {
                ConnectOptions::with_user_and_password(user.clone(), password.clone())
            }
            Login::Token(token) => ConnectOptions::with_token(token.clone()),
        }
    }

    /// Returns the servers for display.
    pub(super) fn shown(&self) -> String {
        self.urls.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::builder::ConfigBuilder;

    fn login(build: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> String {
        let servers = Servers::of(&build(Config::builder()).build().unwrap().nats).unwrap();
        assert!(!servers.shown().contains('@'), "{}", servers.shown());
        match servers.login {
            Login::User(user, password) => format!("{user}:{password}"),
            Login::Token(token) => token,
        }
    }

    #[test]
    fn the_login_is_the_setting_then_the_url_then_dynamos_own() {
        assert_eq!(login(|config| config), "user:user");
        let url = "nats://ann:p%40ss@host:4222/";
        assert_eq!(login(|config| config.nats_server(url)), "ann:p@ss");
        assert_eq!(login(|config| config.nats_server("nats://t0ken@host")), "t0ken");
        assert_eq!(login(|config| config.nats_server(url).nats_auth_token(Some("set".into()))), "set");
        let both = |config: ConfigBuilder| {
            config
                .nats_server(url)
                .nats_auth_username(Some("bob".to_owned()))
                .nats_auth_password(Some("pw".into()))
                .nats_auth_token(Some("t".into()))
        };
        assert_eq!(login(both), "bob:pw");
    }

    #[test]
    fn half_a_login_is_an_error() {
        let config = Config::builder().nats_auth_username(Some("bob".to_owned())).build().unwrap();
        assert_eq!(Servers::of(&config.nats).err().map(|error| error.kind()), Some(ErrorKind::Invalid));
    }

    #[test]
    fn several_servers_are_told_apart() {
        let config = Config::builder().nats_server("nats://u:p@a:1, nats://b:2").build().unwrap();
        let servers = Servers::of(&config.nats).unwrap();
        assert_eq!(servers.urls, ["nats://a:1", "nats://b:2"]);
    }
}
