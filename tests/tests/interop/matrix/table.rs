//! The results, as the documentation has them.

use std::collections::BTreeMap;
use std::fmt;

use crate::matrix::known::{KNOWN, Known};

/// The rows, in their order, and what they mean.
const ROWS: [(&str, &str); 17] = [
    ("echo", "one request, one item"),
    ("count 3", "three items"),
    ("count 0", "no item"),
    ("count 10000", "10 000 items"),
    ("fail 0", "an error before the first item"),
    ("fail 2", "an error after two items"),
    ("refuse", "an error before the stream, by our worker of every class; the worker stays in rotation"),
    ("types", "every kind of value: limits of u64 and i64, floats, nesting, unicode, empty, null"),
    ("metadata", "metadata and request id"),
    (
        "trace",
        "`traceparent`, `tracestate`, `x-request-id`; for their client through our hop to their worker",
    ),
    ("stop", "the caller stops the stream"),
    ("drop", "the caller drops the stream"),
    ("64 at once", "64 streams and 64 calls at once"),
    ("large request", "a request of 20 MiB"),
    ("large item", "an item of 20 MiB"),
    ("bidi", "a stream of requests, each answered as it comes"),
    ("names", "names with upper case and other characters; the oddest of ours"),
];

type Results = BTreeMap<String, Result<(), String>>;

/// One combination of plane, codec and discovery.
pub(crate) struct Column {
    pub(crate) title: [&'static str; 3],
    pub(crate) to_us: Results,
    pub(crate) from_us: Results,
}

pub(crate) struct Table {
    version: String,
    columns: Vec<Column>,
}

enum Cell {
    Pass,
    Known(&'static Known),
    Failed(String),
}

impl Table {
    pub(crate) fn new(version: &str, columns: Vec<Column>) -> Self {
        Self { version: version.to_owned(), columns }
    }

    fn cell(&self, column: &Column, to_us: bool, row: &str) -> Cell {
        let known = KNOWN.iter().find(|known| {
            known.versions.contains(&&*self.version)
                && known.to_us == to_us
                && known.row == row
                && known.planes.contains(&column.title[0])
        });
        let results = if to_us { &column.to_us } else { &column.from_us };
        match (results.get(row), known) {
            (Some(Ok(())), None) => Cell::Pass,
            (Some(Ok(())), Some(_)) => Cell::Failed("passes, and known.rs says that it cannot".to_owned()),
            (Some(Err(error)), Some(known)) if error.contains(known.says) => Cell::Known(known),
            (Some(Err(error)), _) => Cell::Failed(error.clone()),
            (None, _) => Cell::Failed("was not tried".to_owned()),
        }
    }

    /// Panics unless every cell is what it has to be.
    pub(crate) fn check(&self) {
        let mut failed = Vec::new();
        for (to_us, direction) in [(true, "their client"), (false, "our client")] {
            for column in &self.columns {
                for (row, _) in ROWS {
                    if let Cell::Failed(error) = self.cell(column, to_us, row) {
                        failed.push(format!("{direction}, {}, {row}: {error}", column.title.join(" ")));
                    }
                }
            }
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut notes: Vec<&'static str> = Vec::new();
        for (to_us, title) in
            [(true, "Their client calls our worker"), (false, "Our client calls their worker")]
        {
            write!(f, "**{title}**\n\n|")?;
            self.columns.iter().try_for_each(|column| write!(f, " | {}", column.title.join("<br>")))?;
            writeln!(f, " |\n|---{}|", "|---".repeat(self.columns.len()))?;
            for (row, meaning) in ROWS {
                write!(f, "| `{row}`: {meaning}")?;
                for column in &self.columns {
                    match self.cell(column, to_us, row) {
                        Cell::Pass => write!(f, " | pass")?,
                        Cell::Failed(_) => write!(f, " | FAILED")?,
                        Cell::Known(known) => {
                            let seen = notes.iter().position(|note| *note == known.reason);
                            let at = seen.unwrap_or_else(|| {
                                notes.push(known.reason);
                                notes.len() - 1
                            });
                            write!(f, " | no ({})", at + 1)?;
                        }
                    }
                }
                writeln!(f, " |")?;
            }
            writeln!(f)?;
        }
        notes.iter().enumerate().try_for_each(|(i, note)| writeln!(f, "{}. {note}", i + 1))
    }
}
