//! The settings of one listening port.

/// One listening port, as the settings describe it.
#[derive(Debug)]
pub(crate) struct ListenSettings {
    /// The variable of the host, for errors.
    pub(crate) variable: &'static str,
    pub(crate) host: Option<String>,
    pub(crate) port: u16,
    /// The variable of the advertised address, for errors.
    pub(crate) advertise_variable: &'static str,
    pub(crate) advertise: Option<String>,
    /// Whether the advertised host may be a name. Dynamo resolves names of response ports only.
    pub(crate) names_allowed: bool,
}
