//! What a form tool calls what we know: the map of `--map FILE`.

use std::collections::BTreeMap;

use tribometer_surveys::file::{Problem, Rejected, Text};

/// What a map calls the rows after the header that are no answers, and what stands between picks.
const SKIP_ROWS: &str = "skip_rows";
const PICKS_SEPARATOR: &str = "picks_separator";

/// What the headers and labels of a form tool mean here, as `--map FILE` says it: `their header or
/// label: ours`. A header without an `ours` is left out.
#[derive(Debug, Clone)]
pub struct Map {
    pub(super) words: BTreeMap<String, Option<String>>,
    pub(super) skip_rows: usize,
    pub(super) picks_separator: String,
}

impl Default for Map {
    fn default() -> Self {
        Self {
            words: BTreeMap::new(),
            skip_rows: 0,
            picks_separator: ";".to_owned(),
        }
    }
}

impl Map {
    /// Reads a YAML mapping.
    pub fn read(text: &Text) -> Result<Self, Rejected> {
        let wrong = |line: Option<u64>, message: String| Problem {
            line,
            ..Problem::of_file(text.name(), message)
        };
        let read: Result<BTreeMap<String, Option<String>>, _> =
            serde_saphyr::from_str(text.as_str());
        let mut words = read.map_err(|cause| {
            let line = cause.location().map(|location| location.line());
            let message = format!(
                "expected lines of `their header or label: ours`; {}",
                cause.to_string().lines().next().unwrap_or_default()
            );
            wrong(line, message)
        })?;
        let mut map = Self::default();
        if let Some(rows) = words.remove(SKIP_ROWS) {
            let rows = rows.and_then(|rows| rows.parse().ok());
            map.skip_rows = rows.ok_or_else(|| {
                let message = "`skip_rows`: expected how many rows after the header are no \
                               answers, a whole number";
                wrong(None, message.to_owned())
            })?;
        }
        if let Some(separator) = words.remove(PICKS_SEPARATOR) {
            let separator = separator.filter(|separator| !separator.is_empty());
            map.picks_separator = separator.ok_or_else(|| {
                let message =
                    "`picks_separator`: expected what stands between two picks, such as `\", \"`";
                wrong(None, message.to_owned())
            })?;
        }
        map.words = words;
        Ok(map)
    }

    pub(super) fn ours<'a>(&'a self, theirs: &'a str) -> Option<&'a str> {
        match self.words.get(theirs.trim()) {
            Some(ours) => ours.as_deref(),
            None => Some(theirs),
        }
    }
}
