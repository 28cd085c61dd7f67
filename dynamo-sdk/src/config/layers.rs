//! The layers below the builder: environment and files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::value::Value;
use crate::error::{Error, ErrorKind, Result};

/// Path of the settings file. If set, no other file is read.
const FILE_VARIABLE: &str = "DYN_SDK_CONFIG";

/// Dynamo's settings files, highest precedence first.
const FILES: [&str; 2] = ["/opt/dynamo/etc/runtime.toml", "/opt/dynamo/defaults/runtime.toml"];

/// Prefixes of variables that are checked for typos.
const OURS: [&str; 3] = ["DYN", "ETCD_", "NATS_"];

/// Known variables that are not settings: read by Dynamo, the interop programs, or elsewhere in the SDK.
/// They cause no warning, even if they resemble a setting.
const OTHER_KNOWN: [&str; 14] = [
    FILE_VARIABLE,
    "DYN_RESPONSE_PLANE",
    "DYN_EVENT_PLANE_CODEC",
    "DYN_ZMQ_BROKER_URL",
    "DYN_ZMQ_BROKER_ENABLED",
    "DYN_ZMQ_IO_THREADS",
    "DYN_SYSTEM_PORT",
    "DYN_SYSTEM_HOST",
    "DYN_NAMESPACE",
    "DYN_COMPONENT",
    "DYN_ENDPOINT",
    "DYN_HEALTH_CHECK_ENABLED",
    "DYN_ENGINE_REQUEST_LIMIT",
    "DYN_RUNTIME_INHIBITED_DURATION_SECS",
];

/// The text of environment and files, read once.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers {
    environment: BTreeMap<String, String>,
    files: Vec<(PathBuf, BTreeMap<String, String>)>,
}

impl Layers {
    #[expect(clippy::disallowed_methods, reason = "this is the module that reads the environment")]
    pub(super) fn read() -> Result<Self> {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let files = match environment.get(FILE_VARIABLE) {
            Some(path) => vec![read_file(Path::new(path))?],
            None => FILES
                .iter()
                .map(Path::new)
                .filter(|path| path.exists())
                .map(read_file)
                .collect::<Result<_>>()?,
        };
        Ok(Self { environment, files })
    }

    #[cfg(test)]
    pub(super) fn of(environment: &[(&str, &str)], file: &str) -> Result<Self> {
        let environment =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(Self { environment, files: vec![parse_file(Path::new("test.toml"), file)?] })
    }

    /// Returns the value of highest precedence, if any. An empty variable counts as unset.
    pub(super) fn get<T: Value>(&self, variable: &str, key: &str) -> Result<Option<T>> {
        if let Some(text) = self.environment.get(variable).filter(|text| !text.is_empty()) {
            return parse(&format!("{variable}={text}"), text).map(Some);
        }
        for (path, values) in &self.files {
            if let Some(text) = values.get(key) {
                return parse(&format!("{}: {key} = {text}", path.display()), text).map(Some);
            }
        }
        Ok(None)
    }

    /// Returns a warning for each unknown name that resembles a known one.
    pub(super) fn warnings(&self, known: &[(&str, &str)]) -> Vec<String> {
        let variables: Vec<&str> = known.iter().map(|(variable, _)| *variable).chain(OTHER_KNOWN).collect();
        let keys: Vec<&str> = known.iter().map(|(_, key)| *key).collect();
        let slips =
            self.environment.keys().filter(|name| OURS.iter().any(|ours| name.starts_with(ours))).filter_map(
                |name| {
                    let near = nearest(name, &variables)?;
                    Some(format!("the variable {name} is not known and has no effect; did you mean {near}?"))
                },
            );
        let in_files = self.files.iter().flat_map(|(path, values)| {
            values.keys().filter_map(|key| {
                let near = nearest(key, &keys)?;
                Some(format!(
                    "{}: the key {key} is not known and has no effect; did you mean {near}?",
                    path.display()
                ))
            })
        });
        slips.chain(in_files).collect()
    }
}

fn parse<T: Value>(shown: &str, text: &str) -> Result<T> {
    T::parse(text.trim())
        .map_err(|accepted| Error::new(ErrorKind::Invalid, format!("{shown}: expected {accepted}")))
}

fn read_file(path: &Path) -> Result<(PathBuf, BTreeMap<String, String>)> {
    let text = std::fs::read_to_string(path).map_err(|source| {
        Error::new(ErrorKind::Invalid, format!("cannot read the settings in {}", path.display()))
            .with_source(source)
    })?;
    parse_file(path, &text)
}

fn parse_file(path: &Path, text: &str) -> Result<(PathBuf, BTreeMap<String, String>)> {
    let table: toml::Table = text.parse().map_err(|source: toml::de::Error| {
        Error::new(ErrorKind::Invalid, format!("the settings in {} are not TOML", path.display()))
            // Its `Display` shows the line, in which there may be a secret.
            .with_source(place(text, &source))
    })?;
    let values = table.into_iter().map(|(key, value)| (key, as_text(&value))).collect();
    Ok((path.to_owned(), values))
}

/// Says what is wrong with the text and where, without the text.
fn place(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map(|before| format!("line {}: ", before.matches('\n').count() + 1));
    format!("{}{}", line.unwrap_or_default(), error.message())
}

/// Converts a TOML value to the text it would have in a variable.
fn as_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        toml::Value::Datetime(time) => time.to_string(),
        toml::Value::Array(parts) => parts.iter().map(as_text).collect::<Vec<_>>().join(","),
        toml::Value::Table(_) => "a table".to_owned(),
    }
}

/// Returns the known name closest to `name`, or `None` if `name` is known or resembles none of them.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if known.contains(&name) {
        return None;
    }
    known
        .iter()
        .map(|known| (distance(name, known), *known))
        .filter(|(distance, _)| *distance <= 3)
        .min()
        .map(|(_, near)| near)
}

/// Computes the Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in b.iter().enumerate() {
            let change = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
