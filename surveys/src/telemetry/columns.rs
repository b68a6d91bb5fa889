//! The columns of what systems record, a line each: readers, frames, checks and documentation go by
//! these.

use super::metrics::Source;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// An instant, to the microsecond.
    Time,
    /// A whole number that counts something: from 0 to 2³¹ − 1, as databases keep it.
    Number,
    /// A whole number that names something: from 0 to 2⁶³ − 1.
    Id,
    /// One of some words, in any case.
    Word(&'static [&'static str]),
    /// A team's path.
    Team,
}

/// A column of a table of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    /// Neither the column nor a cell of it may be missing.
    pub required: bool,
    /// What a complaint says was expected.
    pub expected: &'static str,
}

/// A table of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The required ones first.
    pub columns: &'static [Column],
    /// The columns that together name a record: of several rows with the same, the last one counts.
    /// Empty where every row counts.
    pub key: &'static [&'static str],
    /// The column that says when a record counts.
    pub time: &'static str,
    /// The one that says who stands behind it.
    pub person: Option<&'static str>,
}

/// What a time has to look like in a file.
pub const EXPECTED_TIME: &str =
    "expected a time with an offset, such as `2026-10-13T09:30:00+02:00` or `2026-10-13T07:30:00Z`";
const EXPECTED_NUMBER: &str = "expected a whole number from 0";

const fn required(name: &'static str, kind: Kind) -> Column {
    Column {
        required: true,
        ..column(name, kind)
    }
}

const fn column(name: &'static str, kind: Kind) -> Column {
    let expected = match kind {
        Kind::Time => EXPECTED_TIME,
        Kind::Number | Kind::Id => EXPECTED_NUMBER,
        _ => "expected a name; the cell is empty",
    };
    Column {
        name,
        kind,
        required: false,
        expected,
    }
}

impl Column {
    const fn expects(self, expected: &'static str) -> Column {
        Column { expected, ..self }
    }
}

const VERDICT: Kind = Kind::Word(&["success", "failure", "cancelled"]);

const PULL_REQUESTS: Shape = Shape {
    columns: &[
        required("repository", Kind::Text)
            .expects("expected the repository's name, such as `owner/name`"),
        required("number", Kind::Id)
            .expects("expected the number of the pull request, such as `1234`"),
        required("author", Kind::Text).expects("expected the author's login or address"),
        column("team", Kind::Team),
        column("first_commit_at", Kind::Time),
        column("last_commit_at", Kind::Time),
        column("created_at", Kind::Time),
        column("ready_at", Kind::Time),
        column("first_review_at", Kind::Time),
        column("approved_at", Kind::Time),
        column("merged_at", Kind::Time),
        column("closed_at", Kind::Time),
        column("deployed_at", Kind::Time),
        column("merged_by", Kind::Text),
        column("commits", Kind::Number),
        column("additions", Kind::Number),
        column("deletions", Kind::Number),
        column("changed_files", Kind::Number),
        column("review_rounds", Kind::Number),
    ],
    key: &["repository", "number"],
    time: "merged_at",
    person: Some("author"),
};

const CI_RUNS: Shape = Shape {
    columns: &[
        required("repository", Kind::Text),
        required("commit", Kind::Text),
        required("workflow", Kind::Text),
        required("started_at", Kind::Time),
        required("verdict", VERDICT),
        column("finished_at", Kind::Time),
        column("attempt", Kind::Number),
        column("branch", Kind::Text),
        column("author", Kind::Text),
    ],
    key: &[],
    time: "started_at",
    person: Some("author"),
};

const DEPLOYMENTS: Shape = Shape {
    columns: &[
        required("service", Kind::Text),
        required("finished_at", Kind::Time),
        required("verdict", VERDICT),
        column("environment", Kind::Text),
        column("commit", Kind::Text),
        column("team", Kind::Team),
    ],
    key: &[],
    time: "finished_at",
    person: None,
};

const INCIDENTS: Shape = Shape {
    columns: &[
        required("id", Kind::Text),
        required("started_at", Kind::Time),
        column("service", Kind::Text),
        column("team", Kind::Team),
        column("detected_at", Kind::Time),
        column("resolved_at", Kind::Time),
        column("severity", Kind::Text),
        column("found_by", Kind::Word(&["monitoring", "user"])),
    ],
    key: &["id"],
    time: "started_at",
    person: None,
};

const SUPPORT_REQUESTS: Shape = Shape {
    columns: &[
        required("id", Kind::Text),
        required("opened_at", Kind::Time),
        column("type", Kind::Text),
        column("pillar", Kind::Text),
        column("team", Kind::Team),
        column("requester", Kind::Text),
        column("assigned_at", Kind::Time),
        column("first_response_at", Kind::Time),
        column("resolved_at", Kind::Time),
        column("tier", Kind::Word(&["front", "back"])),
        column("escalated_at", Kind::Time),
        column("title", Kind::Text),
    ],
    key: &["id"],
    time: "opened_at",
    person: Some("requester"),
};

impl Source {
    /// The shape of its table; none for what came aggregated.
    pub fn shape(self) -> Option<&'static Shape> {
        match self {
            Source::PullRequests => Some(&PULL_REQUESTS),
            Source::CiRuns => Some(&CI_RUNS),
            Source::Deployments => Some(&DEPLOYMENTS),
            Source::Incidents => Some(&INCIDENTS),
            Source::SupportRequests => Some(&SUPPORT_REQUESTS),
            Source::Metrics => None,
        }
    }
}

impl Shape {
    /// Where a column stands in this list.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_names_its_own_columns_and_the_required_ones_first() {
        let sources = [
            Source::PullRequests,
            Source::CiRuns,
            Source::Deployments,
            Source::Incidents,
            Source::SupportRequests,
        ];
        for shape in sources.iter().filter_map(|source| source.shape()) {
            let named = shape.key.iter().chain([&shape.time]);
            for column in named.copied().chain(shape.person) {
                assert!(shape.position(column).is_some(), "{column}");
            }
            assert!(shape.columns.is_sorted_by_key(|column| !column.required));
        }
    }
}
