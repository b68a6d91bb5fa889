//! The tables that people hand in, and what each of their columns holds. Responses are not among
//! them: their columns are those of a survey.
//!
//! Readers go by these columns. `tables.schema.json` and the tables in docs/file-formats.md are
//! written from them.

use serde_json::{Map, Value, json};

use crate::telemetry::columns::{Column, Kind, column, required};
use crate::telemetry::metrics::Source;

/// A table that people hand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// The name of its file without the ending, and of its sheet in a workbook: `people`.
    pub name: &'static str,
    pub columns: &'static [Column],
    /// Whether columns that are not listed are attributes; otherwise they are left out.
    pub has_attributes: bool,
}

/// Everybody: one row a person.
pub const PEOPLE: Table = Table {
    name: "people",
    columns: &[
        required("email", Kind::Address)
            .means("where mail goes; without an `id` it is also what a person is recognized by"),
        column("id", Kind::Text)
            .means("an id that stays when the address changes, from your personnel system"),
        column("name", Kind::Text).means("used in mail"),
        column("team", Kind::Team).means(
            "the path from the root, levels joined by ` / `: `Engineering / Payments / Ledger`",
        ),
        column("manager", Kind::Address).means("the manager's `email`"),
        column("timezone", Kind::Text).means(
            "an IANA name, such as `Europe/Berlin`; decides when mail arrives and what counts as \
             out of hours",
        ),
        column("locale", Kind::Text).means(
            "a BCP 47 tag, such as `pt-BR`; kept for translations, as mail and forms are in \
             English only so far",
        ),
        column("active", Kind::Flag)
            .means("`no`, `false` or `0` for somebody who is not invited; empty means yes"),
        column("github", Kind::Text).means("login; pull requests find their author by it"),
        column("gitlab", Kind::Text).means("login; pull requests find their author by it"),
        column("jira", Kind::Text).means("login"),
        column("slack", Kind::Text).means("login"),
    ],
    has_attributes: true,
};

/// Numbers that were aggregated elsewhere: one row a metric, team and period.
pub const METRICS: Table = Table {
    name: "metrics",
    columns: &[
        required("metric", Kind::Text).means(
            "an id of the catalog (`surveys/telemetry/metrics.yaml`) or of your own file of \
             definitions",
        ),
        required("team", Kind::Team).means(
            "empty for the whole organization; rows of a team that nobody is in are left out with \
             a warning",
        ),
        required("period_start", Kind::Moment).means("when the period begins"),
        required("period_end", Kind::Moment).means("the first instant after the period"),
        required("value", Kind::Value).means("in the metric's unit; a share is 0 to 1"),
        required("n", Kind::Number).means("how many observations the value is made of"),
    ],
    has_attributes: false,
};

/// What was done about a pillar: one row an action and team.
pub const ACTIONS: Table = Table {
    name: "actions",
    columns: &[
        required("pillar", Kind::Text).means("the pillar's id"),
        required("team", Kind::Text).means(
            "path of a team that takes part, with all teams below it; several are joined by `;`",
        ),
        required("start", Kind::Text).means(
            "the day when the action took effect, or the label of the first wave after that",
        ),
        required("title", Kind::Text).means("what was done, in a few words"),
    ],
    has_attributes: false,
};

/// All tables whose columns are declared.
pub fn all() -> impl Iterator<Item = Table> {
    const SOURCES: [Source; 5] = [
        Source::PullRequests,
        Source::CiRuns,
        Source::Deployments,
        Source::Incidents,
        Source::SupportRequests,
    ];
    let records = SOURCES.into_iter().filter_map(|source| {
        Some(Table {
            name: source.name(),
            columns: source.shape()?.columns,
            has_attributes: false,
        })
    });
    [PEOPLE]
        .into_iter()
        .chain(records)
        .chain([METRICS, ACTIONS])
}

impl Table {
    /// The names of all columns.
    pub fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name).collect()
    }

    /// The names of the columns that may not be missing.
    pub fn required(&self) -> Vec<&'static str> {
        let required = self.columns.iter().filter(|column| column.required);
        required.map(|column| column.name).collect()
    }

    /// The JSON Schema of a row.
    fn schema(&self) -> Value {
        let properties = self.columns.iter().map(|column| {
            let mut schema = type_schema(column.kind);
            schema.insert("description".to_owned(), column.about.into());
            (column.name.to_owned(), schema.into())
        });
        let others = if self.has_attributes {
            json!({ "type": "string", "description": "an attribute that groups can be cut by" })
        } else {
            json!({ "description": "left out with a warning" })
        };
        json!({
            "type": "object",
            "properties": properties.collect::<Map<String, Value>>(),
            "required": self.required(),
            "additionalProperties": others,
        })
    }
}

fn type_schema(kind: Kind) -> Map<String, Value> {
    let schema = match kind {
        Kind::Text | Kind::Name | Kind::Team => json!({ "type": "string" }),
        Kind::Time => json!({ "type": "string", "format": "date-time" }),
        Kind::Moment => json!({
            "type": "string",
            "anyOf": [{ "format": "date" }, { "format": "date-time" }],
        }),
        Kind::Number => json!({ "type": "integer", "minimum": 0, "maximum": i32::MAX }),
        Kind::Id => json!({ "type": "integer", "minimum": 0, "maximum": i64::MAX }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Value => json!({ "type": "number" }),
        Kind::Address => json!({ "type": "string", "format": "email" }),
        Kind::Flag => json!({ "type": "boolean" }),
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

/// The published JSON Schema: a definition for a row of each table.
pub fn json_schema() -> String {
    let rows = all().map(|table| (table.name.to_owned(), table.schema()));
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rows of the tables that people hand in",
        "description": "A definition for a row of each table. Any column that is not required may \
                        be missing or empty.",
        "$defs": rows.collect::<Map<String, Value>>(),
    });
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    use super::*;
    use crate::person::Person;

    fn file(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
    }

    /// `UPDATE_SCHEMA=1 cargo test -p tribometer-surveys schema` writes a file anew.
    fn is_current(path: &Path, current: &str) -> bool {
        if env::var_os("UPDATE_SCHEMA").is_some() {
            fs::write(path, current).unwrap();
        }
        fs::read_to_string(path).unwrap_or_default() == current
    }

    /// The table of columns in the documentation; required ones are bold.
    fn documentation(table: &Table) -> String {
        let mut text = "| column | holds | meaning |\n| --- | --- | --- |\n".to_owned();
        for column in table.columns {
            let bold = if column.required { "**" } else { "" };
            let holds = match column.kind {
                Kind::Text | Kind::Name => "text".to_owned(),
                Kind::Time => "time".to_owned(),
                Kind::Moment => "day or time".to_owned(),
                Kind::Number | Kind::Id => "whole number".to_owned(),
                Kind::Word(words) => format!("`{}`", words.join("`, `")),
                Kind::Team => "team path".to_owned(),
                Kind::Value => "number".to_owned(),
                Kind::Address => "address".to_owned(),
                Kind::Flag => "yes or no".to_owned(),
            };
            let (name, about) = (column.name, column.about);
            text += &format!("| {bold}`{name}`{bold} | {holds} | {about} |\n");
        }
        text
    }

    #[test]
    fn every_column_says_what_it_means() {
        for table in all() {
            for column in table.columns {
                assert!(!column.about.is_empty(), "{} {}", table.name, column.name);
            }
        }
    }

    #[test]
    fn people_have_the_columns_that_their_reader_knows() {
        for column in PEOPLE.names() {
            let cells = [("email", "ada@example.org"), (column, "1")];
            if let Ok(person) = Person::from_cells(cells) {
                assert!(person.attributes.is_empty(), "{column}");
            }
        }
    }

    #[test]
    fn the_committed_schema_is_current() {
        assert!(
            is_current(&file("tables.schema.json"), &json_schema()),
            "run: UPDATE_SCHEMA=1 cargo test -p tribometer-surveys schema"
        );
    }

    #[test]
    fn the_documentation_has_the_columns_of_the_schema() {
        let path = file("../docs/file-formats.md");
        let mut page = fs::read_to_string(&path).unwrap();
        for table in all() {
            let begin = format!("<!-- columns of {} -->\n", table.name);
            let start = page.find(&begin).map(|at| at + begin.len());
            let start = start.unwrap_or_else(|| panic!("there is no line {begin}"));
            let end = page[start..].find("<!-- end -->").expect("an end");
            page.replace_range(start..start + end, &documentation(&table));
        }
        assert!(
            is_current(&path, &page),
            "run: UPDATE_SCHEMA=1 cargo test -p tribometer-surveys schema"
        );
    }
}
