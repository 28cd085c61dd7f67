//! Settings of a listening port.

/// The settings of a listening port.
#[derive(Debug)]
pub(crate) struct ListenSettings {
    /// Variable of the host, for errors.
    pub(crate) variable: &'static str,
    pub(crate) host: Option<String>,
    pub(crate) port: u16,
    /// Variable of the advertised address, for errors.
    pub(crate) advertise_variable: &'static str,
    pub(crate) advertise: Option<String>,
    /// Whether the advertised host may be a DNS name. Dynamo resolves only those of response ports.
    pub(crate) names_allowed: bool,
}
