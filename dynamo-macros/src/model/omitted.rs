//! What breaks a rule between items, and is left out of the generated code.

/// Positions in the lists of a model.
#[derive(Default)]
pub(crate) struct Omitted {
    /// Endpoints that are not mounted.
    pub(crate) mounts: Vec<usize>,
    /// Endpoints without a method on the client.
    pub(crate) client_methods: Vec<usize>,
    pub(crate) hooks: Vec<usize>,
    pub(crate) subscriptions: Vec<usize>,
}

impl Omitted {
    /// Whether every endpoint kept all rules.
    pub(crate) fn is_empty(&self) -> bool {
        self.mounts.is_empty() && self.client_methods.is_empty()
    }
}
