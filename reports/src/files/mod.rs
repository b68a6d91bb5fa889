//! The files that people take away, each made of `Findings` alone.
//! docs/file-formats.md is their contract.

mod csv;
mod json;
mod xlsx;

use std::borrow::Cow;

use tribometer_findings::Findings;
use tribometer_findings::table::Table;

use crate::html;
use crate::tables::{Definition, TABLES};

pub use json::{json, json_schema};

/// A format that tables are written in.
#[derive(Clone, Copy)]
pub enum Format {
    /// A file a table.
    Tables(TableFormat),
    /// All tables in one workbook: XLSX.
    Workbook,
}

/// A format that has a file for each table. A package with another writer makes a value of it.
#[derive(Clone, Copy)]
pub struct TableFormat {
    /// `CSV`: what a menu calls it.
    pub name: &'static str,
    /// `csv`: how the files' names end.
    pub ending: &'static str,
    /// `text/csv; charset=utf-8`.
    pub content_type: &'static str,
    pub write: fn(&Table) -> Vec<u8>,
}

/// The format that is always there.
pub const CSV: Format = Format::Tables(TableFormat {
    name: "CSV",
    ending: "csv",
    content_type: "text/csv; charset=utf-8",
    write: csv::write,
});

/// The formats that this package writes.
pub const FORMATS: [Format; 2] = [CSV, Format::Workbook];

impl Format {
    /// `csv`, `xlsx`: what the command line calls it.
    pub fn word(self) -> &'static str {
        match self {
            Format::Tables(format) => format.ending,
            Format::Workbook => "xlsx",
        }
    }
}

/// A file of a report.
#[derive(Clone, Copy)]
pub enum File {
    /// One table.
    Table(&'static Definition, TableFormat),
    /// All tables.
    Workbook,
    /// The report as one page.
    Report,
    /// Everything.
    Findings,
}

impl File {
    /// The files of a report: its tables in these formats, and those that are always there.
    pub fn all(formats: &[Format]) -> Vec<File> {
        let tables = formats.iter().flat_map(|format| match *format {
            Format::Tables(format) => {
                let files = TABLES.iter().map(|table| File::Table(table, format));
                files.collect()
            }
            Format::Workbook => vec![File::Workbook],
        });
        tables.chain([File::Report, File::Findings]).collect()
    }

    /// The file of that name, if a report has one in the formats of this package.
    pub fn find(name: &str) -> Option<File> {
        File::all(&FORMATS)
            .into_iter()
            .find(|file| file.name() == name)
    }

    /// `ranking.csv`.
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            File::Table(table, format) => format!("{}.{}", table.name, format.ending).into(),
            File::Workbook => "tribometer.xlsx".into(),
            File::Report => "report.html".into(),
            File::Findings => "findings.json".into(),
        }
    }

    /// Its media type.
    pub fn content_type(&self) -> &'static str {
        match self {
            File::Table(_, format) => format.content_type,
            File::Workbook => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            File::Report => "text/html; charset=utf-8",
            File::Findings => "application/json",
        }
    }

    /// What is in it.
    pub fn render(&self, findings: &Findings) -> Vec<u8> {
        match self {
            File::Table(table, format) => (format.write)(&table.table(findings)),
            File::Workbook => xlsx::write(findings),
            File::Report => html::report_file(findings).into_bytes(),
            File::Findings => json(findings),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn rows(bytes: &[u8]) -> Vec<::csv::StringRecord> {
        ::csv::Reader::from_reader(bytes)
            .records()
            .map(|row| row.expect("every row has the header's cells"))
            .collect()
    }

    fn table(findings: &Findings, name: &str) -> Vec<u8> {
        File::find(name).expect("a file").render(findings)
    }

    #[test]
    fn a_row_of_the_document_is_a_line() {
        let findings = Findings::sample();
        let json = String::from_utf8(json(&findings)).expect("text");
        let back: Findings = serde_json::from_str(&json).expect("a document");
        assert_eq!(back, findings);
        let of_ranking = json.lines().filter(|line| line.starts_with(r#"{"rank":"#));
        assert_eq!(of_ranking.count(), findings.ranking.len());
    }

    #[test]
    fn every_table_is_read_back() {
        let findings = Findings::sample();
        for file in File::all(&[CSV]) {
            if let File::Table(..) = file {
                rows(&file.render(&findings));
            }
        }
        assert!(File::find("responses.csv").is_none());
        let ranking = rows(&table(&findings, "ranking.csv"));
        assert_eq!(ranking.len(), findings.ranking.len());
        assert_eq!(
            ranking[0][6].parse(),
            Ok(findings.ranking[0].friction.value)
        );
    }

    #[test]
    fn every_ranked_pillar_has_a_row_of_evidence() {
        let findings = Findings::sample();
        let rows = rows(&table(&findings, "evidence.csv"));
        assert_eq!(rows[0][4], *"12.4");
        assert_eq!(rows[1][4], *"100", "a target goes before the better teams");
        for pillar in &findings.ranking {
            let own: Vec<_> = rows.iter().filter(|row| row[0] == *pillar.pillar).collect();
            assert!(!own.is_empty(), "{}", pillar.pillar);
            let is_silent = findings
                .evidence
                .iter()
                .all(|row| row.pillar != pillar.pillar);
            assert_eq!(&own[0][2] == "no-metric", is_silent);
        }
    }

    #[test]
    fn the_documented_columns_are_those_that_are_written() {
        let page = include_str!("../../../docs/file-formats.md");
        let table = page.split("## What comes out").nth(1).unwrap_or_default();
        let cells = |name: &str| -> Vec<&str> {
            let start = format!("| `{name}` | ");
            let row = table.lines().find_map(|line| line.strip_prefix(&start));
            let row = row.unwrap_or_else(|| panic!("{name} is not documented"));
            row.trim_end_matches(" |").split(" | ").collect()
        };
        for file in File::all(&FORMATS) {
            let name = file.name();
            let File::Table(definition, _) = file else {
                assert!(table.contains(&format!("| `{name}` |")), "{name}");
                continue;
            };
            let [row, columns] = cells(&name)[..] else {
                panic!("{name}: a row and its columns")
            };
            assert_eq!(row, definition.row, "{name}");
            let documented: Vec<&str> = columns.split('`').skip(1).step_by(2).collect();
            let findings = Findings::sample();
            let written = definition.table(&findings).columns;
            let written: Vec<&str> = written.iter().map(|column| column.name).collect();
            assert_eq!(documented, written, "{name}");
        }
    }

    #[test]
    fn files_have_names_of_their_own() {
        let files = File::all(&FORMATS);
        let names: BTreeSet<_> = files.iter().map(File::name).collect();
        assert_eq!(names.len(), files.len());
        for file in files {
            let found = File::find(&file.name()).expect("a file is found by its name");
            assert_eq!(found.content_type(), file.content_type());
        }
    }

    #[test]
    fn hidden_cells_are_empty_and_say_why() {
        let mut findings = Findings::sample();
        findings.scores.retain(|score| score.hidden.is_some());
        let rows = rows(&table(&findings, "scores.csv"));
        assert!(!rows.is_empty());
        for row in rows {
            assert!((5..14).all(|cell| row[cell].is_empty()), "{row:?}");
            assert!(["group too small", "would reveal another group"].contains(&&row[14]));
        }
    }

    #[test]
    fn no_cell_becomes_a_formula() {
        let mut findings = Findings::sample();
        let formulas = [
            "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "ordinary", "a=b",
        ];
        findings.comments = formulas
            .map(|text| tribometer_findings::Comment {
                pillar: None,
                theme: None,
                team: "A".into(),
                text: text.into(),
            })
            .to_vec();
        let bytes = table(&findings, "comments.csv");
        let texts: Vec<String> = rows(&bytes).iter().map(|row| row[3].to_owned()).collect();
        assert_eq!(
            texts,
            [
                "'=1+1",
                "'+1",
                "'-1",
                "'@SUM(A1)",
                "'\tx",
                "'\rx",
                "ordinary",
                "a=b"
            ]
        );
    }

    #[test]
    fn findings_come_back_from_json_as_they_were() {
        let findings = Findings::sample();
        let back: Findings = serde_json::from_slice(&json(&findings)).expect("its own JSON");
        assert_eq!(back, findings);
    }

    #[test]
    fn the_published_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/findings.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(path, json_schema()).expect("the schema is written");
        }
        let published = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            published == json_schema(),
            "run UPDATE_SCHEMA=1 cargo test -p tribometer-reports schema"
        );
    }
}
