//! The catalog of metrics: each one's name, unit, direction and the pillars it speaks to, declared once.

use crate::pull_request::Phase;

/// A number from a system.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// `pr.cycle_time`; final, for files and trends hang on it.
    pub id: &'static str,
    /// What pages call it.
    pub name: &'static str,
    /// `h` for hours, `lines`, `rounds`.
    pub unit: &'static str,
    /// Which way is better.
    pub better: Better,
    /// The pillars it speaks to, by id.
    pub pillars: &'static [&'static str],
    /// How it is read off a pull request.
    pub of: Source,
}

/// Which way of a metric is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Lower is better.
    Lower,
    /// Higher is better.
    Higher,
}

/// What a metric is read off.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// A time between two stamps of a pull request.
    Time(Phase),
    /// Lines added and deleted.
    Lines,
    /// Rounds of review.
    ReviewRounds,
}

/// Every metric of pull requests, in the order of the report.
pub const PULL_REQUESTS: &[Metric] = &[
    Metric {
        id: "pr.cycle_time",
        name: "PR cycle time",
        unit: "h",
        better: Better::Lower,
        pillars: &["code-review"],
        of: Source::Time(Phase::CycleTime),
    },
    Metric {
        id: "pr.coding_time",
        name: "Coding time",
        unit: "h",
        better: Better::Lower,
        pillars: &[],
        of: Source::Time(Phase::Coding),
    },
    Metric {
        id: "pr.pickup_time",
        name: "Time to first review",
        unit: "h",
        better: Better::Lower,
        pillars: &["code-review"],
        of: Source::Time(Phase::Pickup),
    },
    Metric {
        id: "pr.review_time",
        name: "Review time",
        unit: "h",
        better: Better::Lower,
        pillars: &["code-review"],
        of: Source::Time(Phase::Review),
    },
    Metric {
        id: "pr.release_time",
        name: "Time from merge to deployment",
        unit: "h",
        better: Better::Lower,
        pillars: &["releasing"],
        of: Source::Time(Phase::Release),
    },
    Metric {
        id: "pr.lead_time",
        name: "Lead time for changes",
        unit: "h",
        better: Better::Lower,
        pillars: &["releasing"],
        of: Source::Time(Phase::LeadTime),
    },
    Metric {
        id: "pr.size",
        name: "PR size",
        unit: "lines",
        better: Better::Lower,
        pillars: &["small-batches"],
        of: Source::Lines,
    },
    Metric {
        id: "pr.review_rounds",
        name: "Review rounds",
        unit: "rounds",
        better: Better::Lower,
        pillars: &["code-review"],
        of: Source::ReviewRounds,
    },
];

/// The metric with this id.
pub fn find(id: &str) -> Option<&'static Metric> {
    PULL_REQUESTS.iter().find(|metric| metric.id == id)
}
