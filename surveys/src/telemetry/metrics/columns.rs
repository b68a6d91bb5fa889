//! The columns of the files of events: what stands in each, and where and when an event counts.

use super::Source;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Time,
    /// A whole number.
    Number,
    /// One of some words, in any case.
    Word(&'static [&'static str]),
    /// A team's path.
    Team,
}

/// A column of a file of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    /// Neither the column nor a cell of it may be missing.
    pub required: bool,
}

/// A file of events; those of pull requests are read elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The required ones first.
    pub columns: &'static [Column],
    /// The column that says when an event counts.
    pub time: &'static str,
    /// The one that says who stands behind it.
    pub person: Option<&'static str>,
}

const fn required(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        required: true,
    }
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        required: false,
    }
}

const VERDICT: Kind = Kind::Word(&["success", "failure", "cancelled"]);

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
    time: "opened_at",
    person: Some("requester"),
};

impl Source {
    /// The shape of a file of events; none for pull requests and what came aggregated.
    pub fn shape(self) -> Option<&'static Shape> {
        match self {
            Source::CiRuns => Some(&CI_RUNS),
            Source::Deployments => Some(&DEPLOYMENTS),
            Source::Incidents => Some(&INCIDENTS),
            Source::SupportRequests => Some(&SUPPORT_REQUESTS),
            Source::PullRequests | Source::Metrics => None,
        }
    }
}

impl Shape {
    /// Where a column stands in this list.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Where a column of times stands among those.
    pub fn slot(&self, name: &str) -> Option<usize> {
        let mut times = (self.columns.iter()).filter(|column| column.kind == Kind::Time);
        times.position(|column| column.name == name)
    }
}
