//! What is wrong with a survey file, or could be better: each with its place, and with what to do
//! about it.

use std::fmt;

use crate::{parse::read, places::Places, survey::Survey};

mod rules;
mod wording;

/// One thing to know about a survey file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// The rule's short name: `duplicate-id`.
    pub rule: &'static str,
    /// Counted from 1.
    pub line: u64,
    /// Counted from 1, in characters.
    pub column: u64,
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// Whether a survey can be used in spite of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The survey cannot be used.
    Error,
    /// It can, but people would answer it less well.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

impl Finding {
    /// Whether this makes the survey unusable.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// `file:line:column: error: message [rule]`, and a line with the hint.
    pub fn render(&self, file: &str) -> String {
        let Finding {
            severity,
            rule,
            line,
            column,
            message,
            hint,
        } = self;
        format!("{file}:{line}:{column}: {severity}: {message} [{rule}]\n  hint: {hint}\n")
    }
}

/// What a look at a survey file found.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The survey, if the file has the form of one; it may still have errors.
    pub survey: Option<Survey>,
    /// In the order of the file.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether the survey cannot be used.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(Finding::is_error)
    }
}

/// Reads a survey file and checks its form, its sense and its wording.
pub fn lint(yaml: &str) -> Report {
    let (survey, places) = match read(yaml) {
        Ok(read) => read,
        Err(error) => {
            let finding = Finding {
                severity: Severity::Error,
                rule: "form",
                line: error.place.line,
                column: error.place.column,
                message: error.message,
                hint: error.hint,
            };
            return Report {
                survey: None,
                findings: vec![finding],
            };
        }
    };
    let mut linter = Linter {
        places,
        findings: Vec::new(),
    };
    linter.survey(&survey);
    let mut findings = linter.findings;
    findings.sort_by_key(|finding| (finding.line, finding.column));
    Report {
        survey: Some(survey),
        findings,
    }
}

struct Linter {
    places: Places,
    findings: Vec<Finding>,
}

impl Linter {
    fn error(
        &mut self,
        path: &str,
        rule: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(Severity::Error, path, rule, message.into(), hint.into());
    }

    fn warning(
        &mut self,
        path: &str,
        rule: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(Severity::Warning, path, rule, message.into(), hint.into());
    }

    fn add(
        &mut self,
        severity: Severity,
        path: &str,
        rule: &'static str,
        message: String,
        hint: String,
    ) {
        let place = self.places.of(path);
        self.findings.push(Finding {
            severity,
            rule,
            line: place.line,
            column: place.column,
            message,
            hint,
        });
    }
}

#[cfg(test)]
mod tests;
