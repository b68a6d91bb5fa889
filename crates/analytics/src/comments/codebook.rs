//! Themes that are known beforehand, with the words that give them away: what people say everywhere
//! gets the same name everywhere.

/// A theme and its words or phrases, in plain lower case. A word that ends in `*` stands for every
/// word that begins so.
pub struct Known {
    pub theme: &'static str,
    pub cues: &'static [&'static str],
}

pub const CODEBOOK: &[Known] = &[
    Known {
        theme: "Flaky tests",
        cues: &[
            "flak*",
            "intermittent*",
            "rerun*",
            "retry the build",
            "random failure*",
            "unrelated failure*",
        ],
    },
    Known {
        theme: "Slow builds and pipelines",
        cues: &[
            "slow build*",
            "slow pipeline*",
            "slow ci",
            "ci is slow",
            "build takes",
            "builds take",
            "pipeline takes",
            "pipelines take",
            "ci takes",
            "compile time*",
        ],
    },
    Known {
        theme: "Waiting for reviews",
        cues: &[
            "wait* for review*",
            "waiting for a review",
            "review takes",
            "reviews take",
            "slow review*",
            "reviews wait",
            "nobody reviews",
            "review queue*",
        ],
    },
    Known {
        theme: "Meetings and interruptions",
        cues: &[
            "meeting*",
            "interrupt*",
            "context switch*",
            "focus time",
            "calendar",
        ],
    },
    Known {
        theme: "Missing or outdated documentation",
        cues: &[
            "outdated doc*",
            "no documentation",
            "no docs",
            "missing doc*",
            "undocumented",
            "docs are old",
            "out of date",
            "tribal knowledge",
        ],
    },
    Known {
        theme: "Legacy code and technical debt",
        cues: &[
            "legacy",
            "tech* debt",
            "spaghetti",
            "rewrite",
            "refactor*",
            "monolith",
        ],
    },
    Known {
        theme: "Unclear or changing requirements",
        cues: &[
            "unclear requirement*",
            "requirements change",
            "changing requirement*",
            "scope creep",
            "changing priorities",
            "priorities change",
        ],
    },
    Known {
        theme: "Waiting for other teams",
        cues: &[
            "other team*",
            "another team",
            "cross team",
            "blocked by",
            "blocked on",
            "handoff*",
            "dependencies on",
        ],
    },
    Known {
        theme: "Local setup and environments",
        cues: &[
            "local setup",
            "local environment*",
            "dev environment*",
            "set up my machine",
            "setup script*",
            "docker",
            "laptop*",
        ],
    },
    Known {
        theme: "Access and approvals",
        cues: &[
            "permission*",
            "access request*",
            "approval*",
            "credentials",
            "vpn",
            "access to",
        ],
    },
    Known {
        theme: "Releases and deployments",
        cues: &[
            "deploy*",
            "release process",
            "release train",
            "rollback*",
            "hotfix*",
            "manual release*",
        ],
    },
    Known {
        theme: "On call and incidents",
        cues: &[
            "on call",
            "oncall",
            "pager*",
            "incident*",
            "alert fatigue",
            "paged",
        ],
    },
    Known {
        theme: "Deadlines and workload",
        cues: &[
            "deadline*",
            "overtime",
            "burn* out",
            "burnout",
            "workload",
            "understaffed",
            "too much work",
        ],
    },
    Known {
        theme: "AI assistants",
        cues: &[
            "copilot",
            "ai assistant*",
            "ai tool*",
            "llm*",
            "code assistant*",
        ],
    },
];
