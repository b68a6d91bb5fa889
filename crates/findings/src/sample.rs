//! Findings of an organization that does not exist, for looking at pages and for tests of what
//! renders them.

use chrono::NaiveDate;
use tribometer_surveys::builtin;
use tribometer_surveys::survey::Survey;

use super::*;

/// The pillars of the built-in survey by friction, worst first: id, share in pain, favorable share,
/// its change, hours an engineer a week.
const PILLARS: [(&str, f64, f64, f64, f64); 25] = [
    ("test-feedback", 0.312, 0.34, -0.08, 1.48),
    ("code-review", 0.284, 0.41, -0.02, 1.12),
    ("documentation", 0.221, 0.38, 0.00, 0.81),
    ("local-environment", 0.187, 0.49, 0.06, 0.52),
    ("deep-work", 0.181, 0.52, 0.01, 0.64),
    ("codebase-health", 0.164, 0.47, -0.01, 0.55),
    ("clear-requirements", 0.141, 0.55, 0.04, 0.31),
    ("cross-team-dependencies", 0.138, 0.51, -0.03, 0.42),
    ("releasing", 0.117, 0.58, 0.02, 0.27),
    ("architecture", 0.104, 0.57, 0.00, 0.22),
    ("internal-tooling", 0.098, 0.60, 0.03, 0.19),
    ("realistic-deadlines", 0.091, 0.59, -0.01, 0.12),
    ("getting-help", 0.083, 0.63, 0.02, 0.14),
    ("on-call-load", 0.079, 0.64, 0.00, 0.16),
    ("small-batches", 0.068, 0.66, 0.01, 0.09),
    ("production-insight", 0.061, 0.65, 0.02, 0.08),
    ("incident-response", 0.054, 0.68, 0.00, 0.07),
    ("onboarding", 0.048, 0.70, 0.01, 0.06),
    ("ai-assistance", 0.046, 0.62, 0.05, 0.05),
    ("recognition", 0.039, 0.69, -0.02, 0.01),
    ("learning", 0.036, 0.71, 0.00, 0.03),
    ("user-feedback", 0.033, 0.72, 0.01, 0.03),
    ("autonomy", 0.021, 0.78, 0.00, 0.01),
    ("team-support", 0.012, 0.84, 0.01, 0.01),
    ("psychological-safety", 0.011, 0.82, 0.00, 0.01),
];

/// Teams under Engineering: name, invited, responded, how much worse than the whole (in favorable
/// share), median PR cycle time in hours.
const TEAMS: [(&str, u32, u32, f64, f64); 11] = [
    ("Data", 88, 79, 0.01, 29.0),
    ("Data / Data tools", 4, 4, 0.0, 0.0),
    ("Infrastructure", 104, 97, -0.04, 21.0),
    ("Mobile", 67, 61, 0.12, 54.0),
    ("Payments", 92, 84, 0.09, 47.0),
    ("Payments / Ledger", 31, 28, 0.14, 61.0),
    ("Payments / Risk", 24, 22, 0.05, 38.0),
    ("Platform", 75, 72, -0.11, 14.0),
    ("Search", 51, 47, 0.03, 33.0),
    ("Storefront", 142, 129, -0.01, 26.0),
    ("Web", 118, 104, 0.04, 36.0),
];

const INVITED: u32 = 1_003;
const RESPONDED: u32 = 912;

impl Findings {
    /// A wave with everything in it: a previous wave, a roster, pull requests, comments and a
    /// hidden group.
    pub fn sample() -> Findings {
        let survey = builtin::devex_25();
        Findings {
            version: VERSION,
            wave: "2026-Q4".into(),
            previous: Some("2026-Q3".into()),
            survey: SurveyName {
                id: survey.id.clone(),
                title: survey.title.clone(),
                version: "0f3c9a51".repeat(8),
                pillars: survey.pillars().map(Named::from).collect(),
            },
            minimum_group: 5,
            pain: Pain::PickedAndRatedLow,
            seed: 1,
            invited: Some(INVITED),
            responded: RESPONDED,
            index: Some(around(0.603, 0.012)),
            index_change: Some(Change {
                change: -0.031,
                low: -0.049,
                high: -0.013,
                q: Some(0.001),
                q_by_team: None,
            }),
            hours: Some(HoursLost {
                per_engineer: around(7.40, 0.62),
                median: Some(around(5.50, 0.50)),
                organization: Some(around(7_422.0, 622.0)),
                cost_per_year: Some(cost(around(7_422.0, 622.0))),
                n: RESPONDED,
            }),
            systems: vec![
                level("pr.cycle_time", "PR cycle time", 31.2, 1.6, 24.0),
                level("pr.pickup_time", "Time to first review", 19.1, 0.9, 12.2),
            ],
            pull_requests: Some(PullRequestTimes {
                merged: 9_214,
                complete: 8_417,
                with_open: vec![WithOpen {
                    metric: "pr.cycle_time".into(),
                    name: "PR cycle time".into(),
                    median: Some(34.6),
                    low: Some(32.9),
                    high: Some(36.4),
                    n: 9_871,
                    unfinished: 657,
                }],
            }),
            team_metrics: team_metrics(),
            ranking: ranking(survey),
            groups: groups(),
            reliability: reliability(),
            nonresponse: Some(nonresponse()),
            scores: scores(),
            changes: changes(),
            drivers: drivers(),
            evidence: evidence(),
            metrics: metrics(),
            comments: comments(),
            actions: vec![action()],
            notes: vec![
                Note::NobodyLinked,
                Note::NegativeTimes {
                    metrics: vec![Counted {
                        id: "pr.pickup_time".into(),
                        name: "Time to first review".into(),
                        n: 37,
                    }],
                },
            ],
        }
    }
}

fn nonresponse() -> Nonresponse {
    let share = |(at, (id, ..)): (usize, &(&str, f64, f64, f64, f64))| WeightedShare {
        item: (*id).into(),
        pillar: Some((*id).into()),
        favorable: around(0.5 + 0.01 * at as f64, 0.04),
        shift: [0.0, -0.02, 0.01][at % 3],
    };
    Nonresponse {
        invited: INVITED,
        responded: RESPONDED,
        weighting: Some(Weighting {
            margins: vec![
                WeightingMargin::TeamLevel { level: 1 },
                WeightingMargin::Attribute {
                    name: "role".into(),
                },
            ],
            effective_n: 571.0,
            trimmed: 0,
            gap: 0.0,
            shares: PILLARS.iter().enumerate().map(share).collect(),
        }),
        unweighted: None,
        stress: Some(Stress {
            first: PILLARS[0].0.into(),
            second: PILLARS[1].0.into(),
            lead: 5.0,
            needed: 9.4,
        }),
    }
}

fn reliability() -> Reliability {
    let pillar = |(at, (id, ..)): (usize, &(&str, f64, f64, f64, f64))| PillarReliability {
        pillar: (*id).into(),
        icc1: 0.14 - 0.005 * at as f64,
        mean_team: 66.8,
        trust: tribometer_statistics::reliability::trust(0.9 - 0.03 * at as f64),
        teams: 9,
        n: 601,
    };
    Reliability {
        outcomes: Some(OutcomesReliability {
            alpha: Estimate {
                value: 0.81,
                low: 0.79,
                high: 0.83,
            },
            omega: Some(0.82),
            items: 3,
            n: RESPONDED,
        }),
        pillars: PILLARS.iter().enumerate().map(pillar).collect(),
    }
}

fn around(value: f64, half: f64) -> Estimate {
    Estimate {
        value,
        low: (value - half).max(0.0),
        high: value + half,
    }
}

/// Money a year at 80 an hour.
fn cost(hours: Estimate) -> Estimate {
    let money = |hours: f64| hours * 80.0 * WEEKS;
    Estimate {
        value: money(hours.value),
        low: money(hours.low),
        high: money(hours.high),
    }
}

/// A share of n with a normal interval: good enough for a picture.
fn share(value: f64, n: u32) -> Estimate {
    let half = 1.96 * (value * (1.0 - value) / f64::from(n.max(1))).sqrt();
    Estimate {
        value,
        low: (value - half).max(0.0),
        high: (value + half).min(1.0),
    }
}

fn level(metric: &str, name: &str, median: f64, half: f64, previous: f64) -> MetricLevel {
    MetricLevel {
        metric: metric.into(),
        name: name.into(),
        unit: "h".into(),
        value: median,
        low: Some(median - half),
        high: Some(median + half),
        previous: Some(previous),
        n: 9_214,
    }
}

fn ranking(survey: &Survey) -> Vec<RankedPillar> {
    let friction: Vec<Estimate> = PILLARS
        .iter()
        .map(|(_, pain, ..)| around(pain * 100.0, 1.4 + pain * 8.0))
        .collect();
    PILLARS
        .iter()
        .enumerate()
        .map(|(i, (id, pain, favorable, change, hours))| {
            let lost = around(hours * f64::from(INVITED), 20.0 + hours * 160.0);
            RankedPillar {
                rank: i as u32 + 1,
                rank_low: 1 + friction
                    .iter()
                    .filter(|other| other.low > friction[i].high)
                    .count() as u32,
                rank_high: 25
                    - friction
                        .iter()
                        .filter(|other| other.high < friction[i].low)
                        .count() as u32,
                top3_probability: [0.997, 0.981, 0.74, 0.14, 0.11]
                    .get(i)
                    .copied()
                    .unwrap_or(0.0),
                pillar: (*id).into(),
                name: survey
                    .pillar(id)
                    .map_or_else(|| (*id).into(), |pillar| pillar.name.clone()),
                dimension: survey
                    .dimension_of(id)
                    .map_or_else(String::new, |dimension| dimension.id.clone()),
                dimension_name: survey
                    .dimension_of(id)
                    .map_or_else(String::new, |dimension| dimension.name.clone()),
                friction: friction[i],
                joined: Some(joined(i, id, friction[i])),
                favorable: share(*favorable, RESPONDED - 14),
                change: Some(Change {
                    change: *change,
                    low: change - 0.031,
                    high: change + 0.031,
                    q: Some(if change.abs() > 0.05 { 0.004 } else { 0.4 }),
                    q_by_team: None,
                }),
                impact: Some(impact(i)),
                votes: Some(pain * 1.4),
                hours_per_week: Some(lost),
                cost_per_year: Some(cost(lost)),
                verdict: verdict(id),
                says: None,
                n: RESPONDED - 14,
            }
        })
        .collect()
}

/// The shares of explained variance fall with friction, but for a pillar that hurts few and
/// matters.
fn impact(at: usize) -> Estimate {
    let weight = |at: usize| {
        if at == 22 {
            9.0
        } else {
            12.0 / (at as f64 + 2.0)
        }
    };
    let share = weight(at) / (0..PILLARS.len()).map(weight).sum::<f64>();
    Estimate {
        value: share,
        low: share * 0.7,
        high: share * 1.4,
    }
}

fn drivers() -> Vec<Driver> {
    let of = |outcome: &'static tribometer_surveys::survey::Item| {
        PILLARS
            .iter()
            .enumerate()
            .map(move |(at, (pillar, ..))| Driver {
                outcome: outcome.id.clone(),
                statement: outcome.text.clone(),
                pillar: (*pillar).into(),
                weight: impact(at).value * 0.52,
                share: impact(at),
                r_squared: 0.52,
                n: RESPONDED - 41,
            })
    };
    builtin::devex_25()
        .outcomes
        .iter()
        .take(1)
        .flat_map(of)
        .collect()
}

/// Slow first reviews tell that those who did not answer have more to say about code review.
fn joined(at: usize, pillar: &str, friction: Estimate) -> Joined {
    let (more, rank, metrics) = match pillar {
        "code-review" => (3.9, 1, vec!["pr.pickup_time".into()]),
        "test-feedback" => (0.2, 2, Vec::new()),
        _ => (0.0, at as u32 + 1, Vec::new()),
    };
    Joined {
        friction: Estimate {
            value: friction.value + more,
            low: friction.low + more,
            high: friction.high + more,
        },
        rank,
        metrics,
        teams: 28,
    }
}

fn verdict(pillar: &str) -> Verdict {
    match pillar {
        "code-review" => Verdict::Confirmed,
        "small-batches" => Verdict::Contradicted,
        _ => Verdict::NoMetric,
    }
}

fn path(name: &str) -> String {
    if name.is_empty() {
        "Engineering".into()
    } else {
        format!("Engineering / {name}")
    }
}

fn groups() -> Vec<Group> {
    let group = |name: &str, invited: u32, responded: u32| {
        let hidden = (responded < 5).then_some(Hidden::TooSmall);
        Group {
            team: path(name),
            attribute: None,
            value: None,
            invited: Some(invited),
            responded: hidden.is_none().then_some(responded),
            hidden,
        }
    };
    let teams = TEAMS
        .iter()
        .map(|(name, invited, responded, ..)| group(name, *invited, *responded));
    std::iter::once(group("", INVITED, RESPONDED))
        .chain(teams)
        .collect()
}

fn scores() -> Vec<Score> {
    let whole = ("", INVITED, RESPONDED, 0.0, 0.0);
    std::iter::once(&whole)
        .chain(&TEAMS)
        .flat_map(|(name, _, responded, worse, _)| {
            PILLARS
                .iter()
                .enumerate()
                .map(move |(i, (pillar, _, favorable, ..))| {
                    let wobble = ((i * 7 + name.len() * 5) % 9) as f64 / 100.0 - 0.04;
                    let value = (favorable - worse + if name.is_empty() { 0.0 } else { wobble })
                        .clamp(0.02, 0.98);
                    let hidden = (*responded < 5).then_some(Hidden::TooSmall);
                    Score {
                        team: path(name),
                        attribute: None,
                        value: None,
                        item: (*pillar).into(),
                        pillar: Some((*pillar).into()),
                        n: hidden.is_none().then_some(*responded),
                        favorable: hidden.is_none().then(|| share(value, *responded)),
                        mean: hidden.is_none().then_some(1.0 + value * 4.0),
                        weighted_favorable: None,
                        estimate: hidden.is_none().then(|| {
                            let trust = f64::from(*responded) / (f64::from(*responded) + 8.0);
                            let expected = 1.0 + favorable * 4.0;
                            let estimate = expected + trust * (1.0 + value * 4.0 - expected);
                            around(estimate, 2.0 * (trust / f64::from(*responded)).sqrt())
                        }),
                        trust: (hidden.is_none() && name.contains(" / ")).then(|| {
                            tribometer_statistics::reliability::trust(
                                f64::from(*responded) / (f64::from(*responded) + 12.0),
                            )
                        }),
                        hidden,
                    }
                })
        })
        .collect()
}

fn changes() -> Vec<PillarChange> {
    PILLARS
        .iter()
        .map(|(pillar, _, _, change, _)| PillarChange {
            team: path(""),
            pillar: (*pillar).into(),
            wave: "2026-Q4".into(),
            previous: "2026-Q3".into(),
            n: RESPONDED - 14,
            n_previous: 884,
            n_both: 801,
            change: Change {
                change: change * 2.4,
                low: change * 2.4 - 0.08,
                high: change * 2.4 + 0.08,
                q: Some(if change.abs() > 0.05 { 0.004 } else { 0.4 }),
                q_by_team: None,
            },
            share: Change {
                change: *change,
                low: change - 0.031,
                high: change + 0.031,
                q: Some(if change.abs() > 0.05 { 0.004 } else { 0.4 }),
                q_by_team: None,
            },
            p: if change.abs() > 0.05 { 0.0004 } else { 0.3 },
        })
        .collect()
}

fn evidence() -> Vec<Evidence> {
    let points = TEAMS
        .iter()
        .filter(|(_, _, responded, ..)| *responded >= 5)
        .map(|(name, _, _, worse, hours)| TeamPoint {
            team: path(name),
            metric: hours * 0.6,
            rating: 2.9 - worse * 5.0,
        })
        .collect();
    let review = Evidence {
        pillar: "code-review".into(),
        metric: "pr.pickup_time".into(),
        name: "Time to first review".into(),
        unit: "h".into(),
        verdict: Verdict::Confirmed,
        basis: Some(Basis::Teams),
        level: Some(19.1),
        low: Some(18.2),
        high: Some(20.0),
        aggregate: Some(Aggregate::Median),
        n: 9_214,
        before: Some(12.2),
        better: Some(Better::Lower),
        peers: Some(12.4),
        target: None,
        target_reached: None,
        association: Some(-0.71),
        kendall: Some(-0.53),
        p: Some(0.000_2),
        q: Some(0.000_8),
        not_compared: None,
        teams: 24,
        ratings_moved: None,
        within: Some(WithinTeams {
            association: -0.16,
            p: 0.02,
            people: 210,
        }),
        points,
        sentence: None,
    };
    let batches = Evidence {
        pillar: "small-batches".into(),
        metric: "pr.size".into(),
        name: "PR size".into(),
        unit: "lines".into(),
        verdict: Verdict::Contradicted,
        basis: Some(Basis::Target),
        level: Some(134.0),
        low: Some(126.0),
        high: Some(142.0),
        before: None,
        peers: None,
        target: Some(100.0),
        target_reached: Some(TargetReached::Missed),
        association: Some(0.18),
        kendall: Some(0.12),
        p: Some(0.39),
        q: Some(0.52),
        within: None,
        points: Vec::new(),
        ..review.clone()
    };
    vec![review, batches]
}

fn team_metrics() -> Vec<TeamMetric> {
    let whole = ("", INVITED, RESPONDED, 0.0, 31.2);
    std::iter::once(&whole)
        .chain(&TEAMS)
        .filter(|(_, _, responded, ..)| *responded >= 5)
        .map(|(name, invited, _, _, hours)| TeamMetric {
            team: path(name),
            metric: "pr.cycle_time".into(),
            unit: "h".into(),
            n: invited * 9,
            value: Some(*hours),
            low: Some(hours * 0.9),
            high: Some(hours * 1.1),
            p75: Some(hours * 2.1),
            p90: Some(hours * 4.4),
            with_open: Some(TeamWithOpen {
                median: Some(hours * 1.12),
                low: Some(*hours),
                high: Some(hours * 1.25),
                n: invited * 9 + invited / 2,
                unfinished: invited / 2,
            }),
            complete: Some(0.91),
        })
        .collect()
}

fn metrics() -> Vec<MetricMonth> {
    let month = |month: u32| NaiveDate::from_ymd_opt(2026, month, 1).unwrap_or_default();
    let whole = ("", INVITED, RESPONDED, 0.0, 27.0);
    std::iter::once(&whole)
        .chain(&TEAMS)
        .filter(|(_, _, responded, ..)| *responded >= 5)
        .flat_map(|(name, invited, _, _, hours)| {
            (4..=9).map(move |m| {
                let p50 = hours * (0.82 + 0.06 * f64::from(m - 4));
                MetricMonth {
                    team: path(name),
                    metric: "pr.cycle_time".into(),
                    unit: "h".into(),
                    period_start: month(m),
                    n: invited * 3 + m,
                    p50: Some(p50),
                    p75: Some(p50 * 2.1),
                    p90: Some(p50 * 4.4),
                    mean: p50 * 1.9,
                }
            })
        })
        .collect()
}

fn comments() -> Vec<Comment> {
    let comment = |pillar: &str, theme: &str, team: &str, text: &str| Comment {
        pillar: Some(pillar.into()),
        theme: Some(theme.into()),
        team: path(team),
        text: text.into(),
    };
    vec![
        comment(
            "test-feedback",
            "Flaky tests",
            "Mobile",
            "I push, switch to something else, and come back an hour later to a red build that has \
             nothing to do with my change.",
        ),
        comment(
            "code-review",
            "Waiting for reviews",
            "Payments",
            "Reviews wait for the two people who know the ledger.",
        ),
    ]
}

fn action() -> ActionEffect {
    let rating = ActionChange {
        metric: None,
        name: None,
        relative: false,
        has_zero: false,
        teams_with: 9,
        teams_without: 14,
        with: 0.36,
        without: 0.05,
        difference: 0.31,
        low: Some(0.08),
        high: Some(0.54),
        p: Some(0.009),
        q: Some(0.018),
        earlier: Some(-0.02),
    };
    ActionEffect {
        action: "Build cache for all services".into(),
        pillar: "local-environment".into(),
        start: "2026-08-03".into(),
        before: Some("2026-Q3".into()),
        verdict: Helped::Better,
        not_comparable: None,
        left_out: None,
        sentence: None,
        changes: vec![
            rating.clone(),
            ActionChange {
                metric: Some("build.local_time".into()),
                name: Some("Local build time".into()),
                relative: true,
                with: -0.21,
                without: -0.04,
                difference: -0.18,
                low: Some(-0.3),
                high: Some(-0.04),
                p: Some(0.021),
                q: Some(0.021),
                earlier: None,
                ..rating
            },
        ],
    }
}
