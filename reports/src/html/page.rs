//! The report as a whole: its body for a page of the server, and as one file that needs no network.

use askama::Template;
use tribometer_findings::Findings;

use super::actions::Actions;
use super::changes::Changes;
use super::comments::Comments;
use super::drivers::Drivers;
use super::groups::{Cells, Groups};
use super::head::Head;
use super::methods::{METHODS, Method, WORDS, Word};
use super::ranking::Ranking;
use super::style::{BRAND_MARK, SCRIPT, STYLE_SHEET};
use super::systems::Systems;
use super::table::Cell;
use super::{nonresponse, reliability};
use crate::words::Language;

/// Where a report on the server leads to. Empty for a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// The files of this wave, as the menu groups them.
    pub exports: Vec<ExportGroup>,
    /// The documentation of the methods.
    pub methods: Option<String>,
    /// The page on which every group can be looked for.
    pub groups: Option<String>,
}

/// A part of the export menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportGroup {
    /// `One table`.
    pub title: &'static str,
    pub exports: Vec<Export>,
}

/// Something to take away, in one format or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// `Ranking`.
    pub name: &'static str,
    pub links: Vec<ExportLink>,
}

/// A file to take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportLink {
    /// `CSV`.
    pub format: &'static str,
    pub href: String,
}

/// The report without a frame: one `<article>`, for a page that brings [`STYLE_SHEET`] and, if it
/// likes, [`SCRIPT`]. Holds no script, no style and no style attribute.
pub fn report_body(findings: &Findings, links: &Links) -> String {
    body(findings, links, false)
}

/// `search`: whether tables bring along the rows that do not fit, for the script to page through.
fn body(findings: &Findings, links: &Links, search: bool) -> String {
    let report = Report {
        head: Head::of(findings),
        ranking: Ranking::of(findings),
        drivers: Drivers::of(findings),
        groups: Groups::of(findings, search),
        trusted: reliability::sentences(findings),
        answered: nonresponse::sentences(findings),
        systems: Systems::of(findings, search),
        changes: Changes::of(findings),
        actions: Actions::of(findings),
        comments: Comments::of(findings),
        methods: METHODS,
        words: WORDS,
        left_out: left_out(findings),
        report: "",
        findings,
        links,
    };
    rendered(report.render())
}

/// What was left out and why, a sentence each.
fn left_out(findings: &Findings) -> Vec<String> {
    let words = Language::default().words();
    let notes = findings.notes.iter();
    notes.map(|note| words.note(note, findings)).collect()
}

/// The report as one file: style, script and charts inside, nothing fetched, readable from
/// `file://` and on paper.
pub fn report_file(findings: &Findings) -> String {
    let body = body(findings, &Links::default(), true);
    let file = File {
        title: format!("{} · {}", findings.survey.title, findings.wave),
        body: &body,
        style: STYLE_SHEET,
        script: SCRIPT,
        mark: BRAND_MARK,
    };
    rendered(file.render())
}

/// Rendering into a string fails only if a value's `Display` does, and ours are strings and
/// numbers.
pub(super) fn rendered(result: askama::Result<String>) -> String {
    result.expect("templates write strings and numbers into a string")
}

#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
struct Report<'a> {
    head: Head,
    ranking: Ranking,
    drivers: Drivers,
    groups: Groups,
    trusted: Vec<String>,
    answered: Vec<String>,
    systems: Systems,
    changes: Changes,
    actions: Actions,
    comments: Comments,
    methods: &'static [Method],
    words: &'static [Word],
    /// What was left out and why, a sentence each.
    left_out: Vec<String>,
    /// Where the methods are explained: here.
    report: &'static str,
    findings: &'a Findings,
    links: &'a Links,
}

#[derive(Template)]
#[template(path = "file.html")]
struct File<'a> {
    title: String,
    body: &'a str,
    style: &'static str,
    script: &'static str,
    mark: &'static str,
}
