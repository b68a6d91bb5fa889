//! The columns of what systems record, a line each: readers, frames, checks and documentation go by
//! these.

use super::metrics::Source;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text that hardly comes twice.
    Text,
    /// Text that names something in many rows, such as a repository: kept once.
    Name,
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
    /// A day, which begins at midnight UTC, or an instant.
    Moment,
    /// A number with a fraction.
    Value,
    /// An e-mail address.
    Address,
    /// Yes or no.
    Flag,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    /// Neither the column nor a cell of it may be missing.
    pub required: bool,
    /// What a complaint says was expected.
    pub expected: &'static str,
    /// What the column means, for documentation: a phrase, in Markdown.
    pub about: &'static str,
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

pub(crate) const fn required(name: &'static str, kind: Kind) -> Column {
    Column {
        required: true,
        ..column(name, kind)
    }
}

pub(crate) const fn column(name: &'static str, kind: Kind) -> Column {
    let expected = match kind {
        Kind::Time => EXPECTED_TIME,
        Kind::Number | Kind::Id => EXPECTED_NUMBER,
        Kind::Flag => "expected `yes` or `no`",
        _ => "expected a name; the cell is empty",
    };
    Column {
        name,
        kind,
        required: false,
        expected,
        about: "",
    }
}

/// What a cell of [`Kind::Flag`] says.
pub fn yes_or_no(cell: &str) -> Option<bool> {
    match cell.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "1" => Some(true),
        "false" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

impl Column {
    const fn expects(self, expected: &'static str) -> Column {
        Column { expected, ..self }
    }

    pub(crate) const fn means(self, about: &'static str) -> Column {
        Column { about, ..self }
    }
}

const VERDICT: Kind = Kind::Word(&["success", "failure", "cancelled"]);

const PULL_REQUESTS: Shape = Shape {
    columns: &[
        required("repository", Kind::Name)
            .expects("expected the repository's name, such as `owner/name`").means("the repository; together with `number` it tells which pull request it is, so a second import updates it"),
        required("number", Kind::Id)
            .expects("expected the number of the pull request, such as `1234`").means("the number within the repository"),
        required("author", Kind::Name).expects("expected the author's login or address").means("the author's login or e-mail address"),
        column("team", Kind::Team).means("the author's team, used when the directory doesn't know \
                                          the author"),
        column("first_commit_at", Kind::Time).means("when its first commit was made"),
        column("last_commit_at", Kind::Time).means("when its last commit was made"),
        column("created_at", Kind::Time).means("when it was opened"),
        column("ready_at", Kind::Time).means("when it was marked ready for review"),
        column("first_review_at", Kind::Time).means("when somebody else first reviewed it"),
        column("approved_at", Kind::Time).means("when it was approved"),
        column("merged_at", Kind::Time).means("when it was merged"),
        column("closed_at", Kind::Time).means("when it was closed, merged or not"),
        column("deployed_at", Kind::Time).means("when it reached production"),
        column("merged_by", Kind::Name).means("the login or e-mail address of whoever merged it"),
        column("commits", Kind::Number).means("how many commits it has"),
        column("additions", Kind::Number).means("lines added"),
        column("deletions", Kind::Number).means("lines removed"),
        column("changed_files", Kind::Number).means("how many files it changes"),
        column("review_rounds", Kind::Number).means("how often it went back and forth between author and reviewers"),
        column("author_is_bot", Kind::Flag).means("whether a program wrote it; without it, what the author is called decides"),
        column("first_review_by", Kind::Name).means("who first reviewed it; a first review by a bot is none"),
    ],
    key: &["repository", "number"],
    time: "merged_at",
    person: Some("author"),
};

const CI_RUNS: Shape = Shape {
    columns: &[
        required("repository", Kind::Name).means("the repository"),
        required("commit", Kind::Text).means("the commit that was built"),
        required("workflow", Kind::Name).means("the workflow or pipeline"),
        required("started_at", Kind::Time).means("when the run started"),
        required("verdict", VERDICT).means("how it ended"),
        column("finished_at", Kind::Time).means("when it ended"),
        column("attempt", Kind::Number).means("1 for the first run, 2 for the first rerun"),
        column("branch", Kind::Name).means("the branch that was built"),
        column("author", Kind::Name).means("the login or e-mail address of the commit's author"),
    ],
    key: &[],
    time: "started_at",
    person: Some("author"),
};

const DEPLOYMENTS: Shape = Shape {
    columns: &[
        required("service", Kind::Name).means("what was deployed"),
        required("finished_at", Kind::Time).means("when the deployment ended"),
        required("verdict", VERDICT).means("how it ended"),
        column("environment", Kind::Name)
            .means("where to; other environments than `production`, `prod` or `live` are left out"),
        column("commit", Kind::Text).means("the commit that was deployed"),
        column("team", Kind::Team).means("the team that owns the service"),
    ],
    key: &[],
    time: "finished_at",
    person: None,
};

const INCIDENTS: Shape = Shape {
    columns: &[
        required("id", Kind::Name).means("any text that tells incidents apart"),
        required("started_at", Kind::Time).means("when it started"),
        column("service", Kind::Name).means("the service that was affected"),
        column("team", Kind::Team).means("the team that owns the service"),
        column("detected_at", Kind::Time).means("when somebody or something noticed"),
        column("resolved_at", Kind::Time).means("when it was over"),
        column("severity", Kind::Name).means("your own scale"),
        column("found_by", Kind::Word(&["monitoring", "user"])).means("what noticed first"),
    ],
    key: &["id"],
    time: "started_at",
    person: None,
};

const SUPPORT_REQUESTS: Shape = Shape {
    columns: &[
        required("id", Kind::Name).means("any text that tells requests apart"),
        required("opened_at", Kind::Time).means("when it was opened"),
        column("type", Kind::Name).means("your own categories"),
        column("pillar", Kind::Name).means("the id of the pillar that it is about"),
        column("team", Kind::Team).means("the team that asks"),
        column("requester", Kind::Name)
            .means("the login or e-mail address of whoever asks; used when there is no `team`"),
        column("assigned_at", Kind::Time).means("when somebody took it"),
        column("first_response_at", Kind::Time).means("when it was first answered"),
        column("resolved_at", Kind::Time).means("when it was solved"),
        column("tier", Kind::Word(&["front", "back"])).means("who answered first"),
        column("escalated_at", Kind::Time).means("when it was handed to the next tier"),
        column("title", Kind::Text).means("what it is about, in a few words"),
    ],
    key: &["id"],
    time: "opened_at",
    person: Some("requester"),
};

impl Source {
    /// The shape of its table; none for what came aggregated.
    pub const fn shape(self) -> Option<&'static Shape> {
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
