//! `evidence`: what the metrics say about the pillars, and which pillars no metric speaks to.

use std::collections::BTreeSet;

use tribometer_findings::table::{Column, Columns};
use tribometer_findings::{Evidence, Findings, RankedPillar, Verdict};

use super::word;
use crate::words::Language;

#[derive(Clone, Copy)]
enum Row<'a> {
    Metric(&'a Evidence),
    NoMetric(&'a RankedPillar),
}

pub fn columns(findings: &Findings) -> Vec<Column<'_>> {
    let evidence = &findings.evidence;
    let told: BTreeSet<&str> = evidence.iter().map(|row| row.pillar.as_str()).collect();
    let silent = |pillar: &&RankedPillar| !told.contains(pillar.pillar.as_str());
    let silent = findings.ranking.iter().filter(silent).map(Row::NoMetric);
    Columns::of(evidence.iter().map(Row::Metric).chain(silent))
        .text("pillar", Row::pillar)
        .some_text("metric", |row| Some(row.metric()?.metric.as_str()))
        .some_text("verdict", |row| word(&row.verdict()))
        .number("level", |row| row.metric()?.level)
        .number("peers", |row| row.metric()?.target.or(row.metric()?.peers))
        .number("association", |row| row.metric()?.association)
        .probability("p", |row| row.metric()?.p)
        .probability("q", |row| row.metric()?.q)
        .whole("teams", |row| row.metric().map_or(0, |metric| metric.teams))
        .some_text("sentence", |row| Some(row.sentence(findings)))
        .done()
}

impl<'a> Row<'a> {
    fn metric(self) -> Option<&'a Evidence> {
        match self {
            Row::Metric(evidence) => Some(evidence),
            Row::NoMetric(_) => None,
        }
    }

    fn pillar(self) -> &'a str {
        match self {
            Row::Metric(evidence) => &evidence.pillar,
            Row::NoMetric(pillar) => &pillar.pillar,
        }
    }

    fn verdict(self) -> Verdict {
        self.metric()
            .map_or(Verdict::NoMetric, |metric| metric.verdict)
    }

    fn sentence(self, findings: &Findings) -> String {
        let words = Language::default().words();
        match self {
            Row::Metric(evidence) => words.evidence(evidence, findings),
            Row::NoMetric(pillar) => words.no_metric(&pillar.name),
        }
    }
}
