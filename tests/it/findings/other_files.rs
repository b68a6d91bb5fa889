//! What systems and people tell beside answers and pull requests, as files.

use chrono::{DateTime, TimeDelta, Utc};

use super::{World, csv};
use crate::support::TestApp;

/// Files of everything else that systems and people tell, by what `import` and `analyze` call them.
pub struct OtherFiles(pub Vec<(&'static str, String)>);

impl OtherFiles {
    pub fn generate(world: &World) -> Self {
        let teams: Vec<&str> = (world.organization.teams.iter())
            .map(|team| team.path.as_str())
            .collect();
        let team = |at: usize| teams[at % teams.len()];
        let login = |at: usize| {
            let people = &world.organization.people;
            people[at * 7 % people.len()].login()
        };
        let first: DateTime<Utc> = "2026-05-01T06:00:00Z".parse().expect("an instant");
        let at = |minutes: usize| (first + TimeDelta::minutes(minutes as i64)).to_rfc3339();
        // Now and then a cell is empty.
        let often = |at: usize, text: String| {
            if at.is_multiple_of(9) {
                String::new()
            } else {
                text
            }
        };
        let verdict =
            |at: usize| ["success", "success", "failure", "success", "cancelled"][at * 13 % 5];
        let service = |at: usize| format!("service-{}", at % 23);

        let header = [
            "repository",
            "commit",
            "workflow",
            "started_at",
            "verdict",
            "finished_at",
            "attempt",
            "author",
        ];
        let ci_runs = csv(
            &header,
            (0..4_000).map(|i| {
                let (commit, start) = (i / 2, i * 61);
                vec![
                    format!("org/repository-{}", commit % 31),
                    format!("c{commit}"),
                    ["build", "test"][i / 4 % 2].to_owned(),
                    at(start),
                    verdict(i).to_owned(),
                    often(i, at(start + 3 + i % 17)),
                    (1 + i % 2).to_string(),
                    login(commit),
                ]
            }),
        );
        let header = [
            "service",
            "finished_at",
            "verdict",
            "environment",
            "commit",
            "team",
        ];
        let deployments = csv(
            &header,
            (0..1_500).map(|i| {
                let environment = ["production", "staging", "prod"][i % 3];
                vec![
                    service(i),
                    at(i * 163),
                    verdict(i).to_owned(),
                    environment.to_owned(),
                    format!("c{i}"),
                    often(i, team(i % 23).to_owned()),
                ]
            }),
        );
        let header = [
            "id",
            "started_at",
            "service",
            "team",
            "detected_at",
            "resolved_at",
            "severity",
            "found_by",
        ];
        let incidents = csv(
            &header,
            (0..300).map(|i| {
                let start = i * 811;
                vec![
                    format!("incident-{i}"),
                    at(start),
                    often(i, service(i * 3)),
                    team(i * 3 % 23).to_owned(),
                    at(start + 4 + i % 9),
                    often(i, at(start + 30 + i % 240)),
                    (1 + i % 4).to_string(),
                    ["monitoring", "user"][i % 2].to_owned(),
                ]
            }),
        );
        let header = [
            "id",
            "opened_at",
            "type",
            "pillar",
            "team",
            "requester",
            "first_response_at",
            "resolved_at",
            "tier",
            "escalated_at",
            "title",
        ];
        let support_requests = csv(
            &header,
            (0..900).map(|i| {
                let opened = i * 271;
                vec![
                    format!("request-{}", i % 880),
                    at(opened),
                    ["access", "build", "urgent"][i % 3].to_owned(),
                    ["internal-tooling", "getting-help"][i % 2].to_owned(),
                    if i.is_multiple_of(2) {
                        team(i).to_owned()
                    } else {
                        String::new()
                    },
                    login(i),
                    at(opened + 7 + i % 200),
                    often(i, at(opened + 300 + i % 900)),
                    ["front", "back"][i / 2 % 2].to_owned(),
                    if i.is_multiple_of(5) {
                        at(opened + 60)
                    } else {
                        String::new()
                    },
                    format!("Something, \"{i}\""),
                ]
            }),
        );
        let quarters = [
            ("2026-04-01", "2026-07-01"),
            ("2026-07-01", "2026-10-01"),
            ("2026-10-01", "2027-01-01"),
        ];
        let header = ["metric", "team", "period_start", "period_end", "value", "n"];
        let metrics = csv(
            &header,
            (teams.iter().copied().chain([""]))
                .enumerate()
                .flat_map(|(i, team)| {
                    quarters
                        .iter()
                        .enumerate()
                        .map(move |(quarter, (start, end))| {
                            let value = (30 + i * 17 % 50 + quarter) as f64 / 100.0;
                            vec![
                                "ai.active_share".to_owned(),
                                team.to_owned(),
                                (*start).to_owned(),
                                (*end).to_owned(),
                                value.to_string(),
                                "40".to_owned(),
                            ]
                        })
                }),
        );
        let definitions = "- id: support.urgent_in_time\n  name: Urgent requests answered in time\n  unit: \"%\"\n  \
                           better: higher\n  pillars: [getting-help]\n  from: support_requests\n  \
                           where: { type: urgent }\n  aggregate: share\n  \
                           is: { first_response_at: { within: 90min, of: opened_at } }\n\
                           - id: ci.duration_again\n  name: Length of builds\n  unit: h\n  better: lower\n  \
                           pillars: [test-feedback]\n  from: ci_runs\n  where: { workflow: build }\n  \
                           value: { from: started_at, to: finished_at }\n";
        let actions = csv(
            &["pillar", "team", "start", "title"],
            [
                ["test-feedback", team(0), "2026-10-01", "A build cache"],
                ["test-feedback", team(1), "2026-10-01", "A build cache"],
                ["code-review", team(2), "2026-Q4", "Review hours"],
            ]
            .into_iter()
            .map(|row| row.map(str::to_owned).to_vec()),
        );
        OtherFiles(vec![
            ("ci-runs", ci_runs),
            ("deployments", deployments),
            ("incidents", incidents),
            ("support-requests", support_requests),
            ("metric-definitions", definitions.to_owned()),
            ("metrics", metrics),
            ("actions", actions),
        ])
    }

    /// The name of a file, which lies in the folder of the test.
    pub fn name(kind: &str) -> String {
        let ending = if kind == "metric-definitions" {
            "yaml"
        } else {
            "csv"
        };
        format!("{kind}.{ending}")
    }

    pub fn write(&self, app: &TestApp) {
        for (kind, text) in &self.0 {
            let path = app.folder.path().join(Self::name(kind));
            std::fs::write(path, text).expect("a file");
        }
    }

    /// Runs `tribometer import` with each.
    pub fn import(&self, app: &TestApp) {
        self.write(app);
        for (kind, _) in &self.0 {
            let name = Self::name(kind);
            let output = app
                .tribometer()
                .current_dir(app.folder.path())
                .args(["import", kind, &name])
                .output()
                .expect("the program starts");
            assert!(
                output.status.success(),
                "{kind}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}
