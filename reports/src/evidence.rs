//! What the metrics say beside what people say: association across teams, level against the period before, and a verdict with a sentence.

use rayon::prelude::*;
use tribometer_surveys::survey::Pillar;

use crate::analysis::Wave;
use crate::association::{self, Association};
use crate::change::benjamini_hochberg;
use crate::findings::{Evidence, PillarChange, TeamPoint, Verdict};
use crate::groups::Groups;
use crate::html::format;
use crate::input::Input;
use crate::metrics::{Aggregate, Better, Metric};
use crate::scores::Ratings;
use crate::systems::{Level, Systems};

/// Teams from which a coefficient is shown.
const COEFFICIENT_FROM: usize = 8;
/// Teams from which it carries a verdict.
const VERDICT_FROM: usize = 20;

/// A metric beside a pillar before q is known.
struct Draft<'a> {
    pillar: &'a str,
    pillar_name: &'a str,
    metric: &'a Metric,
    now: Level,
    before: Option<Level>,
    association: Option<Association>,
    teams: usize,
    points: Vec<TeamPoint>,
}

/// A row for each pillar and each metric that speaks to it and has values.
pub(crate) fn evidence(
    input: &Input,
    groups: &Groups,
    now: &Wave<'_>,
    systems: &Systems<'_>,
    changes: &[PillarChange],
) -> Vec<Evidence> {
    let own = own_ratings(groups, now);
    let pairs: Vec<(&Pillar, &Metric)> = (input.survey.pillars())
        .flat_map(|pillar| {
            let speaks = move |metric: &&Metric| metric.pillars.contains(&pillar.id);
            let metrics = systems.metrics().filter(speaks);
            metrics.map(move |metric| (pillar, metric))
        })
        .collect();
    let drafts: Vec<Draft> = pairs
        .into_par_iter()
        .filter_map(|(pillar, metric)| draft(input, groups, now, systems, &own, pillar, metric))
        .collect();
    let tested: Vec<f64> = drafts
        .iter()
        .filter_map(|draft| Some(draft.association?.p))
        .collect();
    let mut rates = benjamini_hochberg(&tested).into_iter();
    let root = groups.tree.paths.first().map_or("", String::as_str);
    drafts
        .into_iter()
        .map(|draft| {
            let q = draft.association.and_then(|_| rates.next());
            let change = changes
                .iter()
                .find(|change| change.team == root && change.pillar == draft.pillar);
            draft.finish(q, change)
        })
        .collect()
}

/// A metric beside a pillar, where both have values.
fn draft<'a>(
    input: &Input,
    groups: &Groups,
    now: &Wave<'_>,
    systems: &Systems<'_>,
    own: &[Ratings],
    pillar: &'a Pillar,
    metric: &'a Metric,
) -> Option<Draft<'a>> {
    let item = now.item(&pillar.rating_item()?.id)?;
    let level = systems.now(metric)?;
    let of_teams = systems.of_teams(metric);
    let (mut values, mut means, mut points) = (Vec::new(), Vec::new(), Vec::new());
    for (node, team) in groups.tree.paths.iter().enumerate() {
        let mean = own[node * now.responses.ratings.len() + item].mean();
        let (Some(mean), Some(own)) = (mean, of_teams[node]) else {
            continue;
        };
        values.push(own.value);
        means.push(mean);
        let is_leaf = groups.tree.ends[node] == node + 1;
        let shown = now.shown(node * groups.per_node(), item).is_ok();
        let enough = |people| people >= input.settings.minimum_group;
        if is_leaf && shown && own.people.is_none_or(enough) {
            points.push(TeamPoint {
                team: team.clone(),
                metric: own.value,
                rating: mean,
            });
        }
    }
    let association = match values.len() >= COEFFICIENT_FROM {
        true => association::association(&values, &means, input.settings.seed),
        false => None,
    };
    Some(Draft {
        pillar: &pillar.id,
        pillar_name: &pillar.name,
        metric,
        now: level,
        before: systems.before(metric),
        association,
        teams: values.len(),
        points,
    })
}

/// Each node's own ratings, without the teams below: item after item for each node.
fn own_ratings(groups: &Groups, now: &Wave<'_>) -> Vec<Ratings> {
    let items = now.responses.ratings.len();
    let mut own = vec![Ratings::default(); groups.tree.len() * items];
    for (item, ratings) in now.responses.ratings.iter().enumerate() {
        for (cell, node) in ratings.cells.iter().zip(&now.placed.nodes) {
            if let cell @ 1..=5 = cell {
                own[*node as usize * items + item].0[usize::from(*cell) - 1] += 1;
            }
        }
    }
    own
}

/// Whether a metric went a better or a worse way, beyond its intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Better,
    Worse,
    Not,
}

/// Whether ratings fell since the wave before, where they changed beyond noise.
fn fell(change: Option<&PillarChange>) -> Option<bool> {
    let change = change?.change;
    change.is_beyond_noise().then_some(change.change < 0.0)
}

impl Draft<'_> {
    fn finish(self, q: Option<f64>, change: Option<&PillarChange>) -> Evidence {
        let verdict = self.verdict(q, change);
        Evidence {
            pillar: self.pillar.to_owned(),
            metric: self.metric.id.to_owned(),
            name: self.metric.name.to_owned(),
            unit: self.metric.unit.to_owned(),
            verdict,
            level: Some(self.now.value),
            association: self.association.map(|association| association.spearman),
            p: self.association.map(|association| association.p),
            q,
            teams: self.teams as u32,
            sentence: self.sentence(verdict, q, change),
            points: self.points,
        }
    }

    /// Confirmed by teams: where the metric is worse, ratings are lower. Confirmed by time: both moved the same way since the wave before.
    fn verdict(&self, q: Option<f64>, change: Option<&PillarChange>) -> Verdict {
        if let (Some(association), Some(q)) = (self.association, q)
            && self.teams >= VERDICT_FROM
            && q <= 0.05
        {
            return if self.is_expected(association) {
                Verdict::Confirmed
            } else {
                Verdict::Contradicted
            };
        }
        match (self.moved(), fell(change)) {
            (Moved::Worse, Some(true)) | (Moved::Better, Some(false)) => Verdict::Confirmed,
            (Moved::Worse, Some(false)) | (Moved::Better, Some(true)) => Verdict::Contradicted,
            _ => Verdict::Unclear,
        }
    }

    fn is_expected(&self, association: Association) -> bool {
        match self.metric.better {
            Better::Lower => association.spearman < 0.0,
            Better::Higher => association.spearman > 0.0,
        }
    }

    fn moved(&self) -> Moved {
        let Some(before) = self.before else {
            return Moved::Not;
        };
        let (Some(now), Some(before)) = (self.now.interval, before.interval) else {
            return Moved::Not;
        };
        let (rose, sank) = (now.0 > before.1, now.1 < before.0);
        match (self.metric.better, rose, sank) {
            (Better::Lower, true, _) | (Better::Higher, _, true) => Moved::Worse,
            (Better::Lower, _, true) | (Better::Higher, true, _) => Moved::Better,
            _ => Moved::Not,
        }
    }

    fn sentence(&self, verdict: Verdict, q: Option<f64>, change: Option<&PillarChange>) -> String {
        let level = |level: Level| format::amount(level.value, &self.metric.unit);
        let made_of = match (self.now.interval, self.metric.aggregate) {
            (None, _) => "reported, n",
            (_, Aggregate::Median) => "median of",
            (_, Aggregate::Mean) => "mean of",
            (_, Aggregate::Share) => "of",
            (_, Aggregate::Rate | Aggregate::RatePerEngineer) => "from",
        };
        let before = self
            .before
            .map(|before| format!(", {} in the period before", level(before)))
            .unwrap_or_default();
        let mut text = format!(
            "{}: {} ({made_of} {}){before}.",
            self.metric.name,
            level(self.now),
            format::count(u64::from(self.now.n))
        );
        match (self.association, q) {
            (Some(association), Some(q)) => {
                let direction = match (self.is_expected(association), verdict) {
                    (_, Verdict::Unclear) => "there is no clear link with ratings of",
                    (true, _) => "worse values go with lower ratings of",
                    (false, _) => "worse values go with higher ratings of",
                };
                text += &format!(
                    " Across {} teams {direction} {} (Spearman {}, Kendall {}, q {}).",
                    self.teams,
                    self.pillar_name,
                    format::signed(association.spearman, 2),
                    format::signed(association.kendall, 2),
                    format::p_value(q)
                );
            }
            _ => {
                text += &format!(
                    " {} have both ratings and values; {COEFFICIENT_FROM} are needed to compare them.",
                    format::counted(self.teams as u64, "team", "teams")
                );
            }
        }
        if let (true, Some(fell)) = (self.moved() != Moved::Not, fell(change)) {
            let went = if fell { "fell" } else { "rose" };
            text += &format!(" Ratings of {} {went} meanwhile.", self.pillar_name);
        }
        if verdict == Verdict::Contradicted {
            text += " People and metric disagree; the metric may be the wrong one.";
        }
        text
    }
}

impl Evidence {
    /// The fact behind the verdict in a few words: the first clause of the sentence.
    pub(crate) fn fact(&self) -> String {
        match self.sentence.split_once(". ") {
            Some((first, _)) => first.to_owned(),
            None => self.sentence.trim_end_matches('.').to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Change;
    use crate::metrics;

    /// Time to first review, for which lower is better, in 19 to 21 hours now.
    fn draft(spearman: Option<f64>, teams: usize, before: Option<f64>) -> Draft<'static> {
        let level = |value: f64| Level {
            value,
            interval: Some((value - 1.0, value + 1.0)),
            n: 900,
        };
        let association = |spearman: f64| Association {
            spearman,
            kendall: 0.7 * spearman,
            p: 0.001,
        };
        Draft {
            pillar: "code-review",
            pillar_name: "code review",
            metric: metrics::find("pr.pickup_time").expect("a metric"),
            now: level(20.0),
            before: before.map(level),
            association: spearman.map(association),
            teams,
            points: Vec::new(),
        }
    }

    fn changed(by: f64, q: f64) -> PillarChange {
        let change = Change {
            change: by,
            low: by - 0.1,
            high: by + 0.1,
            q: Some(q),
            q_by_team: None,
        };
        PillarChange {
            team: "E".into(),
            pillar: "code-review".into(),
            wave: "2026-Q4".into(),
            previous: "2026-Q3".into(),
            n: 200,
            n_previous: 200,
            n_both: 100,
            change,
            share: change,
            p: q,
        }
    }

    #[test]
    fn teams_confirm_where_worse_metrics_go_with_lower_ratings() {
        let found = draft(Some(-0.6), 20, None).finish(Some(0.01), None);
        assert_eq!(found.verdict, Verdict::Confirmed);
        assert!(
            found
                .sentence
                .contains("Across 20 teams worse values go with lower ratings of code review (Spearman −0.60, Kendall −0.42, q 0.01)"),
            "{}",
            found.sentence
        );
        let found = draft(Some(0.6), 20, None).finish(Some(0.01), None);
        assert_eq!(found.verdict, Verdict::Contradicted);
        assert!(found.sentence.ends_with("the metric may be the wrong one."));
    }

    #[test]
    fn few_teams_or_chance_make_no_verdict() {
        for (teams, q) in [(19, 0.01), (40, 0.06)] {
            let found = draft(Some(-0.6), teams, None).finish(Some(q), None);
            assert_eq!(found.verdict, Verdict::Unclear, "{teams} {q}");
            assert!(found.sentence.contains("there is no clear link"));
        }
        let found = draft(None, 7, None).finish(None, None);
        assert_eq!(found.verdict, Verdict::Unclear);
        assert!(
            found
                .sentence
                .ends_with("7 teams have both ratings and values; 8 are needed to compare them.")
        );
    }

    #[test]
    fn time_confirms_where_both_went_the_same_way_beyond_noise() {
        for (before, by, q, verdict) in [
            (10.0, -0.5, 0.01, Verdict::Confirmed),
            (30.0, 0.5, 0.01, Verdict::Confirmed),
            (10.0, 0.5, 0.01, Verdict::Contradicted),
            (30.0, -0.5, 0.01, Verdict::Contradicted),
            (10.0, -0.5, 0.06, Verdict::Unclear),
            (21.0, -0.5, 0.01, Verdict::Unclear),
        ] {
            let found = draft(None, 3, Some(before)).finish(None, Some(&changed(by, q)));
            assert_eq!(found.verdict, verdict, "{before} {by} {q}");
            let says = found.sentence.contains("Ratings of code review ");
            assert_eq!(says, verdict != Verdict::Unclear, "{}", found.sentence);
        }
    }

    #[test]
    fn teams_go_before_time() {
        let found =
            draft(Some(-0.6), 30, Some(30.0)).finish(Some(0.01), Some(&changed(-0.5, 0.01)));
        assert_eq!(found.verdict, Verdict::Confirmed);
    }
}
