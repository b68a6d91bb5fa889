//! Input at the edge of sense: nothing panics, nothing is NaN, and what was left out is said.

use chrono::DateTime;
use tribometer_findings::{Counted, ImpactFact, OutcomeLeftOut};
use tribometer_reports::files;
use tribometer_statistics::ratings::NOT_ANSWERED;
use tribometer_surveys::builtin;
use tribometer_surveys::telemetry::metrics;
use tribometer_surveys::telemetry::pull_request::Stamps;

use super::*;
use crate::answers::{AnswerRow, AnswerRows, PeopleRows};
use crate::input::{PastWave, ReportedMetric, Settings};
use crate::reference;
use crate::reference::with_pull_requests;
use crate::tables::PullRequestRows;

/// Responses in these teams, all with the same rating of everything.
fn input(teams: &[&str], rating: u8) -> Input {
    let survey = builtin::devex_25().clone();
    let items = survey.rating_items().count();
    let mut responses = AnswerRows::new(&survey);
    for (row, team) in teams.iter().enumerate() {
        responses.push(AnswerRow {
            respondent: &row.to_string(),
            team,
            attributes: vec![("role", "dev")],
            ratings: vec![rating; items],
            picks: Some(vec![0, 1, 2]),
            ..AnswerRow::default()
        });
    }
    Input {
        wave: "2026-Q4".into(),
        roster: None,
        responses: responses.finish(),
        previous: Vec::new(),
        tables: with_pull_requests(PullRequestRows::default()),
        period: None,
        metrics: Vec::new(),
        identifying: None,
        declared: Vec::new(),
        actions: Vec::new(),
        settings: Settings {
            by: vec!["role".into(), "ghost".into()],
            ..Settings::default()
        },
        survey,
    }
}

/// The findings, which come back from JSON as they were: NaN would not.
fn sound(input: &Input) -> Findings {
    let findings = analyze(input);
    let back: Findings =
        serde_json::from_slice(&files::json(&findings)).expect("no number is missing");
    assert_eq!(back, findings);
    findings
}

#[test]
fn nobody_and_one_person_make_no_ranking_and_it_says_why() {
    for teams in [&[][..], &["A"], &["A", "A / B", "", "C"]] {
        let findings = sound(&input(teams, 3));
        assert!(findings.ranking.is_empty() && findings.index.is_none());
        assert!(
            findings
                .scores
                .iter()
                .all(|score| score.favorable.is_none())
        );
        assert!(findings.notes.contains(&Note::FewResponses));
    }
}

#[test]
fn a_group_of_nobody_but_a_roster_has_no_rate() {
    let mut input = input(&[], 0);
    let mut roster = PeopleRows::default();
    (0..20).for_each(|_| roster.push("A / B", []));
    input.roster = Some(roster.finish());
    let findings = sound(&input);
    assert_eq!((findings.invited, findings.responded), (Some(20), 0));
}

#[test]
fn in_one_team_people_are_the_unit_of_chance() {
    let mut input = input(&["A"; 40], 2);
    input.responses.set_picks(|row, pillar| pillar == row % 2);
    let findings = sound(&input);
    let worst = &findings.ranking[0].friction;
    assert_eq!(worst.value, 50.0);
    assert!(worst.low < 45.0 && worst.high > 55.0, "{worst:?}");
    assert!(findings.notes.contains(&Note::OneTeam));
    assert!(findings.drivers.is_empty());
    assert!(findings.notes.iter().any(|note| matches!(
        note,
        Note::OutcomesLeftOut {
            why: OutcomeLeftOut::FewPeople,
            ..
        }
    )));
}

#[test]
fn equal_answers_have_scores_and_no_certainty_about_ranks() {
    let teams: Vec<String> = (0..60).map(|row| format!("A / B{}", row % 4)).collect();
    let teams: Vec<&str> = teams.iter().map(String::as_str).collect();
    let mut input = input(&teams, 3);
    let same = input.responses.clone();
    input.previous = vec![PastWave {
        label: "2026-Q3".into(),
        reworded: Vec::new(),
        responses: same,
    }];
    let findings = sound(&input);
    assert_eq!(findings.ranking.len(), 25);
    assert!(
        findings
            .ranking
            .iter()
            .all(|pillar| pillar.rank_low == 1 && pillar.rank_high == 25)
    );
    assert!(
        findings.changes.is_empty(),
        "without variance there is no test"
    );
    let all: f64 = findings
        .ranking
        .iter()
        .map(|pillar| pillar.top3_probability)
        .sum();
    assert!((all - 3.0).abs() < 1e-9);
}

#[test]
fn nothing_but_unanswered_items_and_a_deep_tree_are_borne() {
    let deep: Vec<String> = (1..=10).map(|depth| vec!["L"; depth].join(" / ")).collect();
    let teams: Vec<&str> = deep.iter().cycle().take(100).map(String::as_str).collect();
    let findings = sound(&input(&teams, 0));
    assert!(findings.ranking.is_empty());
    assert!(
        findings
            .notes
            .iter()
            .any(|note| matches!(note, Note::FewRatings { .. }))
    );
}

#[test]
fn a_random_part_of_the_pillars_gives_the_friction_of_the_whole() {
    let whole = analyze(&reference::input(1));
    let mut input = reference::input(1);
    let is_asked = |row: usize, pillar: usize| (row * 3 + pillar * 5) % 8 <= 3;
    let all = input.responses.clone();
    let responses = &mut input.responses;
    responses.set_picks(|row, pillar| is_asked(row, pillar) && all.picked(pillar)(row));
    for at in 0..8 {
        responses.edit(at, |cells| {
            let cells = cells.iter_mut().enumerate();
            let left_out = cells.filter(|(row, _)| !is_asked(*row, at));
            left_out.for_each(|(_, cell)| *cell = NOT_ANSWERED);
        });
    }
    let part = sound(&input);
    assert!(
        part.notes.iter().any(|note| match note {
            Note::PlannedMissing { asked, pillars, .. } => {
                *pillars == 8 && (asked - 4.0).abs() < 0.5
            }
            _ => false,
        }),
        "{:?}",
        part.notes
    );
    for pillar in &part.ranking {
        let own = whole
            .ranking
            .iter()
            .find(|own| own.pillar == pillar.pillar)
            .expect("the same pillars");
        assert!(
            (pillar.friction.value - own.friction.value).abs() < 7.0,
            "{pillar:?} {own:?}"
        );
        let width =
            |pillar: &tribometer_findings::RankedPillar| pillar.friction.high - pillar.friction.low;
        assert!(width(pillar) > width(own) * 0.9);
        let (votes, all) = (pillar.votes.expect("votes"), own.votes.expect("votes"));
        assert!((votes - all).abs() < 0.09, "{votes} {all}");
    }
    assert!(part.notes.iter().any(|note| matches!(
        note,
        Note::Impact {
            fact: ImpactFact::PillarsNotShown { .. },
            ..
        }
    )));
}

#[test]
fn comments_are_shown_where_names_are_known_and_can_be_taken_out() {
    let mut input = reference::input(1);
    let mut comments = AnswerRows::new(&input.survey);
    for (row, team) in (1..=60).zip(input.responses.teams()) {
        let text = format!("Ask @dev{row:03}, DEV{row:03} or e{row:03}@example.org.");
        comments.comment(team, None, &text);
    }
    input.responses.comments = comments.finish().comments;
    let findings = sound(&input);
    assert!(findings.comments.len() > 50);
    assert!(
        findings
            .comments
            .iter()
            .all(|comment| comment.text == "Ask [name], [name] or [address].")
    );
    let rows = files::File::find("comments.csv")
        .expect("a file")
        .render(&findings);
    assert_eq!(
        rows.iter().filter(|byte| **byte == b'\n').count(),
        findings.comments.len() + 1
    );

    input.identifying = None;
    let findings = sound(&input);
    assert!(findings.comments.is_empty());
    assert!(
        findings
            .notes
            .contains(&Note::CommentsWithoutPeople { comments: 60 })
    );
}

#[test]
fn the_reference_gives_the_same_findings_twice() {
    let input = reference::input(2);
    let findings = sound(&input);
    assert_eq!(findings, analyze(&input));
    assert_eq!((findings.ranking.len(), findings.invited), (8, Some(313)));
    let review = findings
        .evidence
        .iter()
        .find(|row| row.metric == "pr.pickup_time")
        .expect("a row");
    assert_eq!(review.teams, 30);
    let impact: f64 = findings
        .ranking
        .iter()
        .filter_map(|pillar| Some(pillar.impact?.value))
        .sum();
    assert!((impact - 1.0).abs() < 1e-9 && findings.drivers.len() == 24);
    // No number of a small group is anywhere.
    let small: Vec<&str> = findings
        .groups
        .iter()
        .filter(|group| group.hidden.is_some())
        .map(|group| group.team.as_str())
        .collect();
    assert!(!small.is_empty());
    assert!(
        findings
            .metrics
            .iter()
            .all(|row| !small.contains(&row.team.as_str()))
    );
    assert!(
        findings
            .changes
            .iter()
            .all(|row| !small.contains(&row.team.as_str()))
    );
    assert!(
        findings
            .evidence
            .iter()
            .flat_map(|row| &row.points)
            .all(|point| !small.contains(&point.team.as_str()))
    );
}

#[test]
fn two_teams_tell_nothing_about_ranks_and_it_says_so() {
    let mut input = input(&["A", "A", "A", "A", "A", "B", "B", "B", "B", "B"], 2);
    input
        .responses
        .set_picks(|row, pillar| pillar < 2 + row % 2);
    let findings = sound(&input);
    let pillars = findings.ranking.len() as u32;
    for row in &findings.ranking {
        assert_eq!((row.rank_low, row.rank_high), (1, pillars));
        assert!(0.0 <= row.friction.low && row.friction.high <= 100.0);
    }
    assert!(findings.notes.contains(&Note::TwoTeams));
}

#[test]
fn what_is_beyond_noise_leaves_zero_out_of_its_own_interval() {
    let findings = sound(&reference::input(2));
    let review = findings
        .ranking
        .iter()
        .find(|row| row.pillar == "code-review");
    let share = review.and_then(|row| row.change).expect("a change");
    // Its mean moved with q 0.02; its favorable share is not known to have moved.
    assert!(share.low < 0.0 && share.high > 0.0 && share.q.is_some_and(|q| q < 0.02));
    assert!(!share.is_beyond_noise());
    // Thirty teams tell by themselves, a department's six do not.
    let whole = &findings.groups[0].team;
    for row in &findings.changes {
        assert_eq!(
            row.change.q_by_team.is_some(),
            row.team == *whole,
            "{row:?}"
        );
    }
    for change in findings
        .changes
        .iter()
        .flat_map(|row| [row.change, row.share])
    {
        let excludes_zero = change.low > 0.0 || change.high < 0.0;
        assert!(excludes_zero || !change.is_beyond_noise(), "{change:?}");
    }
}

#[test]
fn changes_that_cannot_be_tested_are_named() {
    let teams: Vec<String> = (0..60).map(|row| format!("A / B{}", row % 4)).collect();
    let teams: Vec<&str> = teams.iter().map(String::as_str).collect();
    let mut input = input(&teams, 3);
    let same = input.responses.clone();
    input.previous = vec![PastWave {
        reworded: Vec::new(),
        label: "2026-Q3".into(),
        responses: same,
    }];
    // Of one area alone the ratings differ between people.
    for responses in [&mut input.responses, &mut input.previous[0].responses] {
        responses.edit(0, |cells| cells[..20].fill(4));
    }
    input.responses.edit(0, |cells| cells[..4].fill(2));
    let findings = sound(&input);
    let whole = |row: &&PillarChange| row.team == findings.groups[0].team;
    assert_eq!(findings.changes.iter().filter(whole).count(), 1);
    let untested = |note: &&Note| matches!(note, Note::ChangesUntested { .. });
    let untested = findings.notes.iter().find(untested);
    let Some(Note::ChangesUntested { wave, pillars, .. }) = untested else {
        panic!("{:?}", findings.notes)
    };
    assert_eq!((wave.as_str(), *pillars), ("2026-Q3", 24));
}

#[test]
fn every_earlier_wave_is_compared_and_the_report_speaks_of_the_newest() {
    let mut input = reference::input(2);
    let alone = sound(&input);
    let mut older = input.previous[0].clone();
    older.label = "0".into();
    older.responses.unlink();
    input.previous.push(older);
    let findings = sound(&input);
    let since = |label: &str| -> Vec<&PillarChange> {
        let rows = findings.changes.iter();
        rows.filter(|row| row.previous == label).collect()
    };
    assert_eq!(since("1"), alone.changes.iter().collect::<Vec<_>>());
    assert_eq!(since("0").len(), since("1").len());
    assert!(
        since("0")
            .iter()
            .all(|row| row.n_both == 0 && row.wave == "2")
    );
    assert!(since("1").iter().any(|row| row.n_both > 0));
    assert_eq!(findings.ranking, alone.ranking);
    assert_eq!(
        (findings.previous.as_deref(), findings.index_change),
        (Some("1"), alone.index_change)
    );
}

#[test]
fn the_index_changes_by_the_mean_of_its_shares_and_says_whether_beyond_noise() {
    let input = reference::input(2);
    let findings = analyze(&input);
    let change = findings.index_change.unwrap();
    let shares: Vec<f64> = (findings.changes.iter())
        .filter(|row| row.team == findings.groups[0].team)
        .map(|row| row.share.change)
        .collect();
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!((change.change - mean).abs() < 1e-12);
    assert!(change.low < change.change && change.change < change.high);
    let excludes_zero = change.low > 0.0 || change.high < 0.0;
    assert_eq!(change.q.map(|q| q <= 0.05), Some(excludes_zero));
}

#[test]
fn in_one_team_people_are_the_units_of_the_index() {
    let mut now = input(&["A"; 12], 4);
    now.responses.edit(0, |cells| cells[..6].fill(2));
    let mut before = now.responses.clone();
    before.edit(0, |cells| cells.fill(4));
    now.previous = vec![PastWave {
        label: "2026-Q3".into(),
        reworded: Vec::new(),
        responses: before,
    }];
    let change = sound(&now).index_change.unwrap();
    // Half of twelve people fell in one of 25 pillars.
    assert!((change.change + 0.5 / 25.0).abs() < 1e-12);
    assert!(
        change.q.is_some_and(|q| 0.001 < q && q < 0.05),
        "{change:?}"
    );
    now.previous[0].responses.unlink();
    assert!(
        sound(&now)
            .index_change
            .is_some_and(|alone| alone.change == change.change)
    );
}

#[test]
fn when_all_pull_requests_are_open_their_times_are_not_made_up() {
    let mut input = input(&["A"; 12], 3);
    let mut pull_requests = PullRequestRows::default();
    for author in 0..12 {
        let opened = |hour| DateTime::from_timestamp(1_780_000_000 + hour * 3600, 0);
        let stamps = Stamps {
            created: opened(i64::from(author)).into(),
            ..Stamps::default()
        };
        pull_requests.push("A", author, stamps, None, None);
    }
    input.tables = with_pull_requests(pull_requests);
    let findings = sound(&input);
    // How many are open is known, and no time.
    let is_open = |metric: &str| metric == "flow.work_in_progress";
    assert!(findings.systems.iter().all(|row| is_open(&row.metric)));
    assert!(findings.metrics.iter().all(|row| is_open(&row.metric)));
    for row in &findings.team_metrics {
        let waiting = row.with_open.map(|with| (with.unfinished, with.median));
        let of_time = row.value.is_none() && waiting == Some((12, None));
        assert!(is_open(&row.metric) || of_time, "{row:?}");
    }
    assert_eq!(findings.team_metrics.len(), 3);
    let times = findings.pull_requests.as_ref().expect("they are known");
    assert_eq!((times.merged, times.with_open.len()), (0, 2));
    for with in &times.with_open {
        assert_eq!((with.n, with.unfinished, with.median), (12, 12, None));
    }
    assert!(findings.notes.contains(&Note::NothingMerged));
}

#[test]
fn what_is_left_out_of_the_metrics_is_told() {
    let mut input = input(&["A", "B"].repeat(6), 3);
    let mut pull_requests = PullRequestRows::default();
    for author in 0..4 {
        let time = |hour: i64| DateTime::from_timestamp(1_780_000_000 + hour * 3600, 0);
        for back in [0, 3] {
            let stamps = Stamps {
                first_commit: time(0).into(),
                created: time(2).into(),
                ready: time(2).into(),
                first_review: time(4 - back).into(),
                merged: time(9).into(),
                ..Stamps::default()
            };
            pull_requests.push("A", author, stamps, None, None);
        }
    }
    input.tables = with_pull_requests(pull_requests);
    let row = |metric: &str, team: &str, value| ReportedMetric {
        metric: metric.into(),
        team: team.into(),
        period_start: DateTime::from_timestamp(1_780_000_000, 0).unwrap(),
        period_end: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        value,
        n: 10,
    };
    input.metrics = vec![
        row("ai.active_share", "A", 0.5),
        row("ai.active_share", "Gone", 0.9),
        row("pr.size", "B", 50.0),
        row("build.local_time", "Gone", 1.0),
    ];
    let findings = sound(&input);
    let metrics = |ids: &[&str]| -> Vec<Named> {
        let metrics = ids.iter().map(|id| metrics::find(id).expect("a metric"));
        metrics.map(Named::from).collect()
    };
    let expected = [
        Note::MetricsWithoutValues {
            metrics: metrics(&["pr.release_time", "pr.lead_time", "pr.review_rounds"]),
        },
        Note::NegativeTimes {
            metrics: vec![Counted {
                id: "pr.pickup_time".into(),
                name: "Time to first review".into(),
                n: 4,
            }],
        },
        Note::ReportedMetrics {
            metrics: metrics(&["pr.size"]),
        },
        Note::UnknownTeams {
            rows: 2,
            teams: vec!["Gone".into()],
            more: 0,
        },
    ];
    for note in expected {
        assert!(
            findings.notes.contains(&note),
            "{note:?}\n{:?}",
            findings.notes
        );
    }
    let few_people = findings.notes.iter().find_map(|note| match note {
        Note::MetricsOfFewPeople { metrics } => metrics.first(),
        _ => None,
    });
    assert_eq!(
        few_people.map(|metric| metric.id.as_str()),
        Some("pr.cycle_time")
    );
    // A team that nobody knows is not the whole.
    let level = |id: &str| findings.systems.iter().find(|level| level.metric == id);
    assert_eq!(level("ai.active_share").map(|level| level.value), Some(0.5));
    assert_eq!(level("build.local_time"), None);
    assert!(
        findings
            .metrics
            .iter()
            .all(|row| row.metric != "build.local_time")
    );
    // Four people: of no team is anything said.
    assert!(findings.team_metrics.is_empty());
}

#[test]
fn few_values_of_enough_people_are_told_of_and_teams_get_theirs() {
    let mut input = input(&["A"; 12], 3);
    let mut pull_requests = PullRequestRows::default();
    for author in 0..5 {
        let time = |hour: i64| DateTime::from_timestamp(1_780_000_000 + hour * 3600, 0);
        let stamps = Stamps {
            created: time(0).into(),
            merged: time(1 + i64::from(author)).into(),
            ..Stamps::default()
        };
        pull_requests.push("A", author, stamps, None, None);
    }
    input.tables = with_pull_requests(pull_requests);
    let findings = sound(&input);
    let few = findings.notes.iter().find_map(|note| match note {
        Note::MetricsOfFewValues { metrics } => metrics.first(),
        _ => None,
    });
    let few = few.map(|metric| (metric.id.as_str(), metric.n));
    assert_eq!(few, Some(("pr.cycle_time", 5)));
    let rows = &findings.team_metrics;
    let cycle = rows.iter().find(|row| row.metric == "pr.cycle_time");
    let cycle = cycle.expect("a row of the team");
    assert_eq!((cycle.n, cycle.value, cycle.low), (5, Some(3.0), None));
    assert_eq!((cycle.complete, cycle.with_open), (Some(0.0), None));
    // Five hours were seen; the authors had one open for one to five of them.
    let open = rows
        .iter()
        .find(|row| row.metric == "flow.work_in_progress");
    let open = open.expect("a row of the team");
    assert_eq!((open.n, open.value), (5, Some(0.6)));
}

#[test]
fn teams_have_medians_with_those_that_are_open_and_shares_that_are_complete() {
    let mut input = input(&["E / X", "E / Y"].repeat(6), 3);
    let hour = |hour: i64| DateTime::from_timestamp(1_780_000_000 + hour * 3600, 0).into();
    let mut pull_requests = PullRequestRows::default();
    // X: six ended after 1 to 6 hours, two of them with every phase, and three are open for 20,
    // which is when the last of Y is merged.
    for author in 0..6 {
        let mut stamps = Stamps {
            created: hour(0),
            merged: hour(1 + i64::from(author)),
            ..Stamps::default()
        };
        if author < 2 {
            stamps.first_commit = hour(0);
            stamps.first_review = hour(1);
        }
        pull_requests.push("E / X", author, stamps, None, None);
    }
    for author in 0..3 {
        let stamps = Stamps {
            created: hour(0),
            ..Stamps::default()
        };
        pull_requests.push("E / X", author, stamps, None, None);
    }
    for author in 6..11 {
        let stamps = Stamps {
            created: hour(0),
            merged: hour(20),
            ..Stamps::default()
        };
        pull_requests.push("E / Y", author, stamps, None, None);
    }
    input.tables = with_pull_requests(pull_requests);
    let findings = sound(&input);
    let of_team = |team: &str| {
        let rows = findings.team_metrics.iter();
        let mut rows = rows.filter(|row| row.metric == "pr.cycle_time" && row.team == team);
        rows.next().expect("a row of the team")
    };
    let (whole, x, y) = (of_team("E"), of_team("E / X"), of_team("E / Y"));
    assert_eq!((x.n, x.value, x.complete), (6, Some(3.5), Some(2.0 / 6.0)));
    // Of nine at risk one ends each hour: 8/9, 7/9, 6/9, 5/9, 4/9 is below half after five.
    let with_open = x.with_open.expect("three are open");
    assert_eq!((with_open.n, with_open.unfinished), (9, 3));
    assert_eq!(with_open.median, Some(5.0));
    assert_eq!((y.n, y.complete, y.with_open), (5, Some(0.0), None));
    let with_open = whole.with_open.expect("three are open");
    assert_eq!((with_open.n, with_open.unfinished), (14, 3));
    assert_eq!(whole.complete, Some(2.0 / 11.0));
}
