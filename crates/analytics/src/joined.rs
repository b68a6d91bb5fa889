//! Friction joined with telemetry: puts `small_area` to the pillars. Teams are the areas; where the
//! metrics of a pillar predict its pain, teams with few or no answers borrow from their own
//! metrics, and the organization's figure is corrected for who did not answer.

use rayon::prelude::*;
use tribometer_findings::{Estimate, Joined, Named, Note, Pain};
use tribometer_statistics::friction::unanimous;
use tribometer_statistics::intervals::z;
use tribometer_statistics::ratings::NOT_ANSWERED;
use tribometer_statistics::small_area::{Area, Direct, FayHerriot, select};
use tribometer_statistics::thresholds::VERDICT_TEAMS;
use tribometer_surveys::telemetry::metrics::{Aggregate, Metric};

use crate::analysis::WaveScores;
use crate::design;
use crate::groups::Groups;
use crate::input::Input;
use crate::pain::in_pain;
use crate::ranking::{FrictionRow, Ranked};
use crate::systems::Systems;

/// The people directly in a node.
#[derive(Debug, Clone, Copy)]
struct TeamPain {
    /// Everybody who was asked, or who answered where nobody knows who was asked.
    people: f64,
    /// Those who answered; of a pillar, those of them who were asked about it.
    answers: f64,
    in_pain: f64,
}

/// A metric's values of the nodes: the logarithm of the median less its mean over nodes, zero where
/// there is none.
struct Covariate<'a> {
    metric: &'a Metric,
    values: Vec<f64>,
}

/// The joined figure of each pillar, in order of rank. Nothing is joined, and a note says why,
/// unless some metric that speaks to a pillar has enough teams.
pub(crate) fn join(
    input: &Input,
    groups: &Groups,
    now: &WaveScores<'_>,
    pain: Pain,
    systems: &Systems<'_>,
    ranked: &Ranked<'_>,
) -> (Vec<Option<Joined>>, Vec<Note>) {
    let teams = teams(input, groups, now);
    let (covariates, notes) = covariates(&teams, systems, &ranked.rows);
    if covariates.is_empty() {
        let is_missing = !ranked.rows.is_empty() && !systems.levels().is_empty();
        let not_joined = is_missing.then_some(Note::NotJoined);
        return (
            vec![None; ranked.rows.len()],
            notes.into_iter().chain(not_joined).collect(),
        );
    }
    let planned = design::planned(&input.survey, now.responses).is_some();
    let joined: Vec<Option<Joined>> = ranked
        .rows
        .par_iter()
        .map(|row| {
            let pillar = &row.pillar.id;
            let teams = about(input, now, pain, planned, &teams, pillar)?;
            let speaking = covariates
                .iter()
                .filter(|covariate| covariate.metric.pillars.contains(pillar));
            of_pillar(&teams, &speaking.collect::<Vec<_>>(), ranked.design_effect)
        })
        .collect();
    (with_ranks(joined), notes)
}

/// Ties stay in the order of the survey's figures.
fn with_ranks(joined: Vec<Option<Joined>>) -> Vec<Option<Joined>> {
    let friction = |joined: &Option<Joined>| joined.as_ref().map(|joined| joined.friction.value);
    let frictions: Vec<Option<f64>> = joined.iter().map(friction).collect();
    let rank = |at: usize| {
        let before = frictions.iter().enumerate().filter(|(other, friction)| {
            **friction > frictions[at] || (**friction == frictions[at] && *other < at)
        });
        1 + before.count() as u32
    };
    let ranked = joined.into_iter().enumerate().map(|(at, joined)| {
        Some(Joined {
            rank: rank(at),
            ..joined?
        })
    });
    ranked.collect()
}

fn teams(input: &Input, groups: &Groups, now: &WaveScores<'_>) -> Vec<TeamPain> {
    let tree = &groups.tree;
    let answers = tree.count(&now.placed.nodes);
    let invited = match &input.roster {
        Some(roster) => tree.count(&tree.place(roster)),
        None => vec![0; tree.len()],
    };
    let team = |(answers, invited): (u32, u32)| TeamPain {
        people: f64::from(invited.max(answers)),
        answers: f64::from(answers),
        in_pain: 0.0,
    };
    answers.into_iter().zip(invited).map(team).collect()
}

/// The logarithms of the teams' medians. A median of zero is taken as half of the smallest positive
/// one, so that it stays the smallest; none where one is below zero, or all are zero.
fn logarithms(medians: &[Option<f64>]) -> Option<Vec<Option<f64>>> {
    let given = || medians.iter().flatten().copied();
    let least = given().filter(|median| *median > 0.0).reduce(f64::min)?;
    let logarithm = |median: Option<f64>| Some(median?.max(least / 2.0).ln());
    let all = medians.iter().map(|median| logarithm(*median));
    given().all(|median| median >= 0.0).then(|| all.collect())
}

/// The medians that speak to one of the pillars and have enough teams. Shares, rates and means are
/// often zero. Notes name those that have no logarithms, or were given one.
fn covariates<'a>(
    teams: &[TeamPain],
    systems: &Systems<'a>,
    ranking: &[FrictionRow<'_>],
) -> (Vec<Covariate<'a>>, Vec<Note>) {
    let speaks = |metric: &&Metric| {
        let mut pillars = ranking.iter().map(|row| &row.pillar.id);
        metric.aggregate == Aggregate::Median
            && pillars.any(|pillar| metric.pillars.contains(pillar))
    };
    let metrics: Vec<&'a Metric> = systems.metrics().filter(speaks).collect();
    let medians = |metric: &&'a Metric| {
        let values = systems.of_teams(metric).into_iter();
        let medians: Vec<Option<f64>> = values.map(|team| Some(team?.value)).collect();
        let answering = teams.iter().zip(&medians);
        let enough = answering.filter(|(team, median)| team.answers > 0.0 && median.is_some());
        (enough.count() >= VERDICT_TEAMS).then_some((*metric, medians))
    };
    let enough: Vec<(&'a Metric, Vec<Option<f64>>)> =
        metrics.par_iter().filter_map(medians).collect();
    let (mut zero, mut without) = (Vec::new(), Vec::new());
    for (metric, medians) in &enough {
        let is = |what: fn(&f64) -> bool| medians.iter().flatten().any(what);
        match (logarithms(medians).is_some(), is(|median| *median == 0.0)) {
            (false, _) => without.push(Named::from(*metric)),
            (true, true) => zero.push(Named::from(*metric)),
            (true, false) => {}
        }
    }
    let notes = [
        (!zero.is_empty()).then_some(Note::ZeroMedians { metrics: zero }),
        (!without.is_empty()).then_some(Note::NoLogarithms { metrics: without }),
    ];
    let covariate = |(metric, medians): (&'a Metric, Vec<Option<f64>>)| {
        let logarithms = logarithms(&medians)?;
        let given: Vec<f64> = logarithms.iter().flatten().copied().collect();
        let mean = given.iter().sum::<f64>() / given.len() as f64;
        let values = logarithms.into_iter();
        Some(Covariate {
            metric,
            values: values
                .map(|value| value.map_or(0.0, |value| value - mean))
                .collect(),
        })
    };
    let covariates = enough.into_par_iter().filter_map(covariate).collect();
    (covariates, notes.into_iter().flatten().collect())
}

/// What the people in each node say about a pillar. With a `planned` design, only those who were
/// asked about it count as answers.
fn about(
    input: &Input,
    now: &WaveScores<'_>,
    pain: Pain,
    planned: bool,
    teams: &[TeamPain],
    pillar: &str,
) -> Option<Vec<TeamPain>> {
    let position = input
        .survey
        .pillars()
        .position(|other| other.id == pillar)?;
    let item = now.item(&input.survey.pillar(pillar)?.rating_item()?.id)?;
    let mut about = teams.to_vec();
    about.iter_mut().for_each(|team| team.answers = 0.0);
    let picked = now.responses.picked(position);
    let cells = now.items[item].cells.iter();
    for (row, (rating, node)) in cells.zip(&now.placed.nodes).enumerate() {
        let team = &mut about[*node as usize];
        team.answers += f64::from(!planned || *rating != NOT_ANSWERED);
        team.in_pain += f64::from(in_pain(pain, *rating, picked(row)));
    }
    Some(about)
}

/// The organization's figure of a pillar: Σ N·θ̂ / Σ N over teams. Its rank is not known yet.
fn of_pillar(
    teams: &[TeamPain],
    speaking: &[&Covariate<'_>],
    design_effect: f64,
) -> Option<Joined> {
    let answers: f64 = teams.iter().map(|team| team.answers).sum();
    let share = teams.iter().map(|team| team.in_pain).sum::<f64>() / answers;
    let answering = teams.iter().filter(|team| team.answers > 0.0).count() as u32;
    if share <= 0.0 || share >= 1.0 {
        // Nobody or everybody is in pain: nothing differs between teams that a metric could
        // predict.
        return unanimous(share > 0.5, answers, design_effect).map(|friction| Joined {
            friction,
            rank: 0,
            metrics: Vec::new(),
            teams: answering,
        });
    }
    let weights: Vec<f64> = teams
        .iter()
        .map(|team| team.people)
        .filter(|people| *people > 0.0)
        .collect();
    let areas = |chosen: &[&Covariate<'_>]| -> Vec<Area> {
        let nodes = teams
            .iter()
            .enumerate()
            .filter(|(_, team)| team.people > 0.0);
        nodes
            .map(|(node, team)| Area {
                direct: (team.answers > 0.0).then(|| Direct {
                    value: team.in_pain / team.answers,
                    variance: share * (1.0 - share) / team.answers,
                }),
                covariates: chosen
                    .iter()
                    .map(|covariate| covariate.values[node])
                    .collect(),
            })
            .collect()
    };
    let chosen: Vec<&Covariate<'_>> = select(&areas(speaking))
        .into_iter()
        .map(|at| speaking[at])
        .collect();
    let areas = areas(&chosen);
    let model = FayHerriot::fit(&areas).ok()?;
    let people: f64 = weights.iter().sum();
    let shares = weights.iter().map(|weight| weight / people);
    let joined = model.weighted_sum(shares.zip(&areas));
    let (value, half) = (100.0 * joined.value, 100.0 * z() * joined.mse.sqrt());
    let value = value.clamp(0.0, 100.0);
    Some(Joined {
        friction: Estimate {
            value,
            low: (value - half).max(0.0),
            high: (value + half).min(100.0),
        },
        rank: 0,
        metrics: chosen
            .iter()
            .map(|covariate| covariate.metric.id.to_owned())
            .collect(),
        teams: answering,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze;
    use crate::answers::with_teams;
    use crate::groups::Tree;
    use crate::reference::input;

    #[test]
    fn the_reference_is_joined_where_metrics_predict_pain() {
        let findings = analyze(&input(1));
        let of = |pillar: &str| {
            let row = findings
                .ranking
                .iter()
                .find(|row| row.pillar == pillar)
                .unwrap();
            (row, row.joined.clone().unwrap())
        };
        let (row, joined) = of("code-review");
        assert!(
            joined
                .metrics
                .iter()
                .all(|metric| metric.starts_with("pr."))
        );
        assert!(!joined.metrics.is_empty(), "{joined:?}");
        assert_eq!(joined.teams, 30);
        assert!(
            joined.friction.low < row.friction.value && row.friction.value < joined.friction.high
        );
        // No metric speaks to documentation: shrinkage alone.
        assert_eq!(of("documentation").1.metrics, Vec::<String>::new());
        let mut ranks: Vec<u32> = findings
            .ranking
            .iter()
            .map(|row| row.joined.as_ref().unwrap().rank)
            .collect();
        ranks.sort_unstable();
        assert_eq!(ranks, (1..=8).collect::<Vec<u32>>());
    }

    #[test]
    fn without_telemetry_or_with_few_teams_nothing_is_joined() {
        let mut input = input(1);
        input.tables = crate::tables::Tables::default();
        let findings = analyze(&input);
        assert!(findings.ranking.iter().all(|row| row.joined.is_none()));
        assert!(!findings.notes.contains(&Note::NotJoined));

        let mut input = crate::reference::input(1);
        let tree = Tree::of([&input.responses.people]);
        let teams: Vec<&String> = tree
            .paths
            .iter()
            .filter(|path| path.matches('/').count() > 1)
            .collect();
        for people in [&mut input.responses.people, input.roster.as_mut().unwrap()] {
            let place = |path: &str| teams.iter().position(|team| *team == path).unwrap();
            *people = with_teams(people, |path| teams[place(path) % 19].clone());
        }
        let findings = analyze(&input);
        assert!(findings.ranking.iter().all(|row| row.joined.is_none()));
        assert!(findings.notes.contains(&Note::NotJoined));
    }

    #[test]
    fn a_median_of_zero_stays_the_smallest_and_one_below_zero_has_no_logarithm() {
        let values = logarithms(&[Some(4.0), None, Some(0.0), Some(2.0)]).unwrap();
        let expected = [Some(4.0_f64.ln()), None, Some(0.0), Some(2.0_f64.ln())];
        assert_eq!(values, expected);
        assert_eq!(logarithms(&[Some(4.0), Some(-1.0)]), None);
        assert_eq!(logarithms(&[Some(0.0), None]), None);
    }

    /// Forty teams of twenty; the higher the metric the more pain and the fewer answers, none at
    /// the end.
    fn silent() -> (Vec<TeamPain>, Covariate<'static>) {
        let level = |at: u32| f64::from(at) / 39.0;
        let team = |at: u32| {
            let answers = match at {
                36.. => 0.0,
                _ => (20.0 - 19.0 * level(at)).round(),
            };
            TeamPain {
                people: 20.0,
                answers,
                in_pain: (answers * (0.1 + 0.5 * level(at))).round(),
            }
        };
        let covariate = Covariate {
            metric: tribometer_surveys::telemetry::metrics::find("pr.pickup_time").unwrap(),
            values: (0..40).map(|at| level(at) - 0.5).collect(),
        };
        ((0..40).map(team).collect(), covariate)
    }

    #[test]
    fn teams_that_did_not_answer_are_counted_by_their_metrics() {
        let (teams, covariate) = silent();
        // In truth 35 of 100 are in pain.
        let sum = |of: fn(&TeamPain) -> f64| teams.iter().map(of).sum::<f64>();
        let survey = 100.0 * sum(|team| team.in_pain) / sum(|team| team.answers);
        assert!(survey < 28.0, "{survey}");
        let joined = of_pillar(&teams, &[&covariate], 1.0).unwrap();
        assert_eq!(joined.metrics, ["pr.pickup_time"]);
        assert!((joined.friction.value - 35.0).abs() < 3.0, "{joined:?}");
        assert!(joined.friction.low < 35.0 && 35.0 < joined.friction.high);
    }

    #[test]
    fn nobody_or_everybody_in_pain_is_no_panic() {
        let (teams, covariate) = silent();
        let with =
            |change: fn(&TeamPain) -> TeamPain| teams.iter().map(change).collect::<Vec<TeamPain>>();
        let none = with(|team| TeamPain {
            in_pain: 0.0,
            ..*team
        });
        let nobody = of_pillar(&none, &[&covariate], 1.0).unwrap().friction;
        // Wilson's upper limit for 0 of n is z²/(n + z²).
        let (n, z) = (
            teams.iter().map(|team| team.answers).sum::<f64>(),
            3.841_459,
        );
        assert_eq!((nobody.value, nobody.low), (0.0, 0.0));
        assert!(
            (nobody.high - 100.0 * z / (n + z)).abs() < 1e-4,
            "{nobody:?}"
        );
        let all = with(|team| TeamPain {
            in_pain: team.answers,
            ..*team
        });
        let all = of_pillar(&all, &[], 2.0).unwrap().friction;
        assert_eq!((all.value, all.high), (100.0, 100.0));
        assert!(
            (all.low - 100.0 * (n / 2.0) / (n / 2.0 + z)).abs() < 1e-4,
            "{all:?}"
        );
        let silence = with(|team| TeamPain {
            people: team.people,
            answers: 0.0,
            in_pain: 0.0,
        });
        assert_eq!(of_pillar(&silence, &[], 1.0), None);
        assert_eq!(of_pillar(&teams[5..6], &[], 1.0), None);
    }

    #[test]
    fn with_a_planned_design_those_who_were_asked_count() {
        let mut input = input(1);
        for at in 0..8 {
            input.responses.edit(at, |cells| {
                let cells = cells.iter_mut().skip(at % 2);
                cells.step_by(2).for_each(|cell| *cell = NOT_ANSWERED);
            });
        }
        let findings = analyze(&input);
        for row in &findings.ranking {
            let joined = row.joined.as_ref().unwrap();
            assert!(joined.friction.low < row.friction.value, "{row:?}");
            assert!(row.friction.value < joined.friction.high, "{row:?}");
        }
    }
}
