//! The files that people take away, each made of `Findings` alone. docs/file-formats.md is their contract.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use serde::Serialize;
use tribometer_findings::{Change, Estimate, Findings, Hidden, RankedPillar, Verdict};

use crate::html;

/// A file of a report.
pub struct File {
    /// `ranking.csv`.
    pub name: &'static str,
    /// What a menu calls it.
    pub title: &'static str,
    content: Content,
}

enum Content {
    Table(fn(&Findings, &mut Sheet)),
    Json,
    Page,
}

/// All files of a report.
pub static FILES: [File; 11] = [
    File::table("ranking.csv", "Ranking (CSV)", ranking),
    File::table("scores.csv", "Scores by group (CSV)", scores),
    File::table("drivers.csv", "Drivers (CSV)", drivers),
    File::table("changes.csv", "Changes by group (CSV)", changes),
    File::table("evidence.csv", "Evidence (CSV)", evidence),
    File::table("metrics.csv", "Metrics by month (CSV)", metrics),
    File::table("participation.csv", "Participation (CSV)", participation),
    File::table("comments.csv", "Comments (CSV)", comments),
    File::table("did_it_help.csv", "Actions (CSV)", did_it_help),
    File {
        name: "report.html",
        title: "The report as one file",
        content: Content::Page,
    },
    File {
        name: "findings.json",
        title: "Everything (JSON)",
        content: Content::Json,
    },
];

impl File {
    const fn table(
        name: &'static str,
        title: &'static str,
        fill: fn(&Findings, &mut Sheet),
    ) -> Self {
        File {
            name,
            title,
            content: Content::Table(fill),
        }
    }

    /// The file of that name, if a report has one.
    pub fn find(name: &str) -> Option<&'static File> {
        FILES.iter().find(|file| file.name == name)
    }

    /// Its media type.
    pub fn content_type(&self) -> &'static str {
        match self.content {
            Content::Table(_) => "text/csv; charset=utf-8",
            Content::Json => "application/json",
            Content::Page => "text/html; charset=utf-8",
        }
    }

    /// What is in it.
    pub fn render(&self, findings: &Findings) -> Vec<u8> {
        match self.content {
            Content::Table(fill) => {
                let mut sheet = Sheet::default();
                fill(findings, &mut sheet);
                sheet.into_bytes()
            }
            Content::Json => json(findings),
            Content::Page => html::report_file(findings).into_bytes(),
        }
    }
}

/// Everything, as one JSON document with a row a line; [`json_schema`] describes it.
pub fn json(findings: &Findings) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut json = serde_json::Serializer::with_formatter(&mut bytes, RowsAsLines::default());
    // Writing to memory does not fail.
    let _ = findings.serialize(&mut json);
    bytes.push(b'\n');
    bytes
}

/// The outermost keys and the rows of their lists have lines of their own, as a large file can be searched and compared, and nothing else takes room.
#[derive(Default)]
struct RowsAsLines {
    depth: usize,
    is_empty: bool,
}

/// Deeper than in a list of the document itself there are no new lines.
const LINES_TO_DEPTH: usize = 2;

impl RowsAsLines {
    fn begin<W: Write + ?Sized>(&mut self, to: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.is_empty = true;
        to.write_all(bracket)
    }

    fn next<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.is_empty = false;
        to.write_all(match (first, self.depth <= LINES_TO_DEPTH) {
            (true, true) => b"\n",
            (false, true) => b",\n",
            (true, false) => b"",
            (false, false) => b",",
        })
    }

    fn end<W: Write + ?Sized>(&mut self, to: &mut W, bracket: &[u8]) -> io::Result<()> {
        if self.depth <= LINES_TO_DEPTH && !self.is_empty {
            to.write_all(b"\n")?;
        }
        self.depth -= 1;
        self.is_empty = false;
        to.write_all(bracket)
    }
}

impl serde_json::ser::Formatter for RowsAsLines {
    fn begin_array<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.begin(to, b"[")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.next(to, first)
    }

    fn end_array<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.end(to, b"]")
    }

    fn begin_object<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.begin(to, b"{")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.next(to, first)
    }

    fn end_object<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.end(to, b"}")
    }
}

/// The JSON Schema of findings.json.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(Findings);
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

fn ranking(findings: &Findings, sheet: &mut Sheet) {
    sheet.header(
        "rank rank_low rank_high top3_probability pillar dimension friction friction_low friction_high favorable \
         favorable_low favorable_high change change_low change_high change_q impact impact_low impact_high votes \
         hours_per_week hours_low hours_high cost_per_year evidence n",
    );
    for pillar in &findings.ranking {
        sheet
            .number(Some(pillar.rank))
            .number(Some(pillar.rank_low))
            .number(Some(pillar.rank_high));
        sheet.number(Some(pillar.top3_probability));
        sheet.text(&pillar.pillar).text(&pillar.dimension);
        sheet
            .estimate(Some(&pillar.friction))
            .estimate(Some(&pillar.favorable));
        sheet
            .change(pillar.change.as_ref())
            .number(pillar.change.and_then(|change| change.q));
        sheet.estimate(pillar.impact.as_ref()).number(pillar.votes);
        sheet
            .estimate(pillar.hours_per_week.as_ref())
            .number(pillar.cost_per_year.map(|cost| cost.value));
        sheet.word(&pillar.verdict).number(Some(pillar.n)).end();
    }
}

fn scores(findings: &Findings, sheet: &mut Sheet) {
    sheet.header(
        "team attribute value item pillar n favorable low high mean weighted_favorable estimate estimate_low \
         estimate_high hidden",
    );
    for score in &findings.scores {
        sheet
            .text(&score.team)
            .optional(&score.attribute)
            .optional(&score.value);
        sheet
            .text(&score.item)
            .optional(&score.pillar)
            .number(score.n);
        sheet
            .estimate(score.favorable.as_ref())
            .number(score.mean)
            .number(score.weighted_favorable);
        sheet
            .estimate(score.estimate.as_ref())
            .hidden(score.hidden)
            .end();
    }
}

fn changes(findings: &Findings, sheet: &mut Sheet) {
    sheet.header("team pillar wave previous n n_previous n_both change low high p q");
    for row in &findings.changes {
        sheet
            .text(&row.team)
            .text(&row.pillar)
            .text(&row.wave)
            .text(&row.previous);
        sheet
            .number(Some(row.n))
            .number(Some(row.n_previous))
            .number(Some(row.n_both));
        sheet
            .change(Some(&row.change))
            .number(Some(row.p))
            .number(row.change.q)
            .end();
    }
}

fn drivers(findings: &Findings, sheet: &mut Sheet) {
    sheet.header("outcome pillar weight share low high r_squared n");
    for driver in &findings.drivers {
        sheet
            .text(&driver.outcome)
            .text(&driver.pillar)
            .number(Some(driver.weight))
            .estimate(Some(&driver.share));
        sheet
            .number(Some(driver.r_squared))
            .number(Some(driver.n))
            .end();
    }
}

fn evidence(findings: &Findings, sheet: &mut Sheet) {
    sheet.header("pillar metric verdict level peers association p q teams sentence");
    for row in &findings.evidence {
        sheet
            .text(&row.pillar)
            .text(&row.metric)
            .word(&row.verdict)
            .number(row.level)
            .number(row.target.or(row.peers));
        sheet
            .number(row.association)
            .number(row.p)
            .number(row.q)
            .number(Some(row.teams))
            .text(&row.sentence)
            .end();
    }
    let silent = |pillar: &&RankedPillar| {
        let mut rows = findings.evidence.iter();
        rows.all(|row| row.pillar != pillar.pillar)
    };
    for pillar in findings.ranking.iter().filter(silent) {
        sheet.text(&pillar.pillar).text("").word(&Verdict::NoMetric);
        for _ in 0..5 {
            sheet.number(None::<f64>);
        }
        let sentence = format!("No metric with values speaks to {}.", pillar.name);
        sheet.number(Some(0)).text(&sentence).end();
    }
}

fn metrics(findings: &Findings, sheet: &mut Sheet) {
    sheet.header("team metric unit period_start n p50 p75 p90 mean");
    for row in &findings.metrics {
        sheet
            .text(&row.team)
            .text(&row.metric)
            .text(&row.unit)
            .text(&row.period_start.to_string());
        sheet
            .number(Some(row.n))
            .number(row.p50)
            .number(row.p75)
            .number(row.p90);
        sheet.number(Some(row.mean)).end();
    }
}

fn participation(findings: &Findings, sheet: &mut Sheet) {
    sheet.header("team invited responded rate hidden");
    for group in findings
        .groups
        .iter()
        .filter(|group| group.attribute.is_none())
    {
        let rate = match (group.invited, group.responded) {
            (Some(invited), Some(responded)) if invited > 0 => {
                Some(f64::from(responded) / f64::from(invited))
            }
            _ => None,
        };
        sheet
            .text(&group.team)
            .number(group.invited)
            .number(group.responded)
            .number(rate);
        sheet.hidden(group.hidden).end();
    }
}

fn comments(findings: &Findings, sheet: &mut Sheet) {
    sheet.header("pillar theme team text");
    for comment in &findings.comments {
        sheet
            .optional(&comment.pillar)
            .optional(&comment.theme)
            .text(&comment.team)
            .text(&comment.text)
            .end();
    }
}

fn did_it_help(findings: &Findings, sheet: &mut Sheet) {
    sheet.header(
        "action pillar start before metric relative teams_with teams_without with without difference low high p q \
         earlier verdict",
    );
    for action in &findings.actions {
        for change in &action.changes {
            sheet
                .text(&action.action)
                .text(&action.pillar)
                .text(&action.start)
                .optional(&action.before)
                .optional(&change.metric)
                .text(if change.relative { "yes" } else { "no" });
            sheet
                .number(Some(change.teams_with))
                .number(Some(change.teams_without));
            sheet
                .number(Some(change.with))
                .number(Some(change.without))
                .number(Some(change.difference));
            sheet
                .number(change.low)
                .number(change.high)
                .number(change.p)
                .number(change.q)
                .number(change.earlier);
            match change.metric {
                None => sheet.word(&action.verdict).end(),
                Some(_) => sheet.text("").end(),
            }
        }
    }
}

/// A CSV file that grows cell by cell, in memory, where writing does not fail.
struct Sheet {
    rows: csv::Writer<Vec<u8>>,
    /// Room for the digits of a number.
    digits: String,
}

impl Default for Sheet {
    fn default() -> Self {
        let mut rows = csv::WriterBuilder::new();
        rows.terminator(csv::Terminator::Any(b'\n'));
        Self {
            rows: rows.from_writer(Vec::new()),
            digits: String::new(),
        }
    }
}

impl Sheet {
    fn header(&mut self, names: &str) {
        for name in names.split_whitespace() {
            let _ = self.rows.write_field(name);
        }
        self.end();
    }

    /// A text that a spreadsheet would take for a formula gets an apostrophe in front.
    fn text(&mut self, text: &str) -> &mut Self {
        let _ = match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            true => self.rows.write_field(format!("'{text}")),
            false => self.rows.write_field(text),
        };
        self
    }

    fn optional(&mut self, text: &Option<String>) -> &mut Self {
        self.text(text.as_deref().unwrap_or_default())
    }

    /// The shortest digits that are read back as the same number.
    fn number(&mut self, number: Option<impl Display>) -> &mut Self {
        self.digits.clear();
        if let Some(number) = number {
            let _ = write!(self.digits, "{number}");
        }
        let _ = self.rows.write_field(&self.digits);
        self
    }

    fn estimate(&mut self, estimate: Option<&Estimate>) -> &mut Self {
        self.number(estimate.map(|estimate| estimate.value));
        self.number(estimate.map(|estimate| estimate.low))
            .number(estimate.map(|estimate| estimate.high))
    }

    fn change(&mut self, change: Option<&Change>) -> &mut Self {
        self.number(change.map(|change| change.change));
        self.number(change.map(|change| change.low))
            .number(change.map(|change| change.high))
    }

    /// A word as findings.json writes it.
    fn word(&mut self, value: &impl Serialize) -> &mut Self {
        let word = serde_json::to_value(value).ok();
        self.text(
            word.as_ref()
                .and_then(|word| word.as_str())
                .unwrap_or_default(),
        )
    }

    fn hidden(&mut self, hidden: Option<Hidden>) -> &mut Self {
        match hidden {
            Some(reason) => self.word(&reason),
            None => self.text(""),
        }
    }

    fn end(&mut self) {
        let _ = self.rows.write_record(None::<&[u8]>);
    }

    fn into_bytes(self) -> Vec<u8> {
        self.rows.into_inner().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<csv::StringRecord> {
        csv::Reader::from_reader(bytes)
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
        for file in FILES.iter().filter(|file| file.name.ends_with(".csv")) {
            rows(&file.render(&findings));
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
        let page = include_str!("../../docs/file-formats.md");
        let table = page.split("## What comes out").nth(1).unwrap_or_default();
        let documented = |name: &str| -> Vec<&str> {
            let row = table
                .lines()
                .find(|line| line.starts_with(&format!("| `{name}` |")));
            let row = row.unwrap_or_else(|| panic!("{name} is not documented"));
            let columns = row.split(" | ").nth(2).unwrap_or_default();
            columns.split('`').skip(1).step_by(2).collect()
        };
        for file in &FILES {
            let Content::Table(fill) = file.content else {
                assert!(table.contains(&format!("| `{}` |", file.name)));
                continue;
            };
            let mut sheet = Sheet::default();
            fill(&Findings::sample(), &mut sheet);
            let bytes = sheet.into_bytes();
            let mut reader = csv::Reader::from_reader(&bytes[..]);
            let written = reader.headers().expect("a header");
            assert_eq!(
                documented(file.name),
                written.iter().collect::<Vec<_>>(),
                "{}",
                file.name
            );
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
