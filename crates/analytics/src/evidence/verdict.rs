//! What a metric and a pillar's answers say of each other: the verdict, and what it rests on.

use tribometer_findings::{
    Basis, Evidence, NotCompared, PillarChange, RatingsMoved, TargetReached, Verdict, WithinTeams,
};
use tribometer_statistics::association::Association;
use tribometer_statistics::intervals::quantile;
use tribometer_statistics::thresholds::{ALPHA, COEFFICIENT_TEAMS, VERDICT_TEAMS};
use tribometer_surveys::telemetry::metrics::Better;

use super::Draft;
use crate::ranking::FrictionRow;

/// Whether a metric went a better or a worse way, beyond its intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Better,
    Worse,
    Not,
}

/// What people say of a pillar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feel {
    /// All ranks that the data allow are in the worst third, or fewer than half of the ratings are
    /// favorable beyond the interval.
    Suffering,
    /// Not suffering, and the same at the other end.
    Content,
    Neither,
}

impl Feel {
    pub(super) fn of(ranking: &[FrictionRow<'_>], pillar: &str) -> Option<Feel> {
        let row = ranking.iter().find(|row| row.pillar.id == pillar)?;
        let (count, third) = (ranking.len() as u32, ranking.len() as u32 / 3);
        Some(if row.rank_high <= third || row.favorable.high < 0.5 {
            Feel::Suffering
        } else if row.rank_low > count - third || row.favorable.low > 0.5 {
            Feel::Content
        } else {
            Feel::Neither
        })
    }
}

/// How ratings moved since the wave before, beyond noise.
fn ratings_moved(change: Option<&PillarChange>) -> Option<RatingsMoved> {
    let change = change?.change;
    let moved = if change.change < 0.0 {
        RatingsMoved::Fell
    } else {
        RatingsMoved::Rose
    };
    change.is_beyond_noise().then_some(moved)
}

impl Draft<'_> {
    pub(super) fn finish(
        self,
        q: Option<f64>,
        change: Option<&PillarChange>,
        people: Option<Feel>,
        linked: usize,
    ) -> Evidence {
        let within = self.within.map(|within| WithinTeams {
            association: within.spearman,
            p: within.p,
            people: linked as u32,
        });
        let (verdict, basis) = match self.verdict(q, change, people) {
            Some((verdict, basis)) => (verdict, Some(basis)),
            None => (Verdict::Unclear, None),
        };
        let ratings_moved = ratings_moved(change).filter(|_| self.moved() != Moved::Not);
        let association = self.association;
        Evidence {
            pillar: self.pillar.to_owned(),
            metric: self.metric.id.to_owned(),
            name: self.metric.name.to_owned(),
            unit: self.metric.unit.to_owned(),
            verdict,
            basis,
            level: Some(self.now.value),
            low: self.now.interval.map(|(low, _)| low),
            high: self.now.interval.map(|(_, high)| high),
            aggregate: Some(self.metric.aggregate),
            n: self.now.n,
            before: self.before.map(|before| before.value),
            better: Some(self.metric.better),
            peers: self.peers(),
            target: self.metric.target,
            target_reached: self.target_reached(),
            association: association.map(|association| association.spearman),
            kendall: association.map(|association| association.kendall),
            p: association.map(|association| association.p),
            q,
            not_compared: association.is_none().then(|| self.not_compared()),
            teams: self.teams as u32,
            ratings_moved,
            within,
            points: self.points,
            sentence: None,
        }
    }

    /// Confirmed by teams: where the metric is worse, ratings are lower. Confirmed by time: both
    /// moved the same way since the wave before. Where neither speaks, a declared target
    /// contradicts people who say the opposite. None where it is unclear.
    fn verdict(
        &self,
        q: Option<f64>,
        change: Option<&PillarChange>,
        people: Option<Feel>,
    ) -> Option<(Verdict, Basis)> {
        if let (Some(association), Some(q)) = (self.association, q)
            && self.teams >= VERDICT_TEAMS
            && q <= ALPHA
        {
            let verdict = if self.is_expected(association) {
                Verdict::Confirmed
            } else {
                Verdict::Contradicted
            };
            return Some((verdict, Basis::Teams));
        }
        match (self.moved(), ratings_moved(change)) {
            (Moved::Worse, Some(RatingsMoved::Fell))
            | (Moved::Better, Some(RatingsMoved::Rose)) => {
                return Some((Verdict::Confirmed, Basis::Time));
            }
            (Moved::Worse, Some(RatingsMoved::Rose))
            | (Moved::Better, Some(RatingsMoved::Fell)) => {
                return Some((Verdict::Contradicted, Basis::Time));
            }
            _ => {}
        }
        match (self.target_reached(), people) {
            (Some(TargetReached::Met), Some(Feel::Suffering))
            | (Some(TargetReached::Missed), Some(Feel::Content)) => {
                Some((Verdict::Contradicted, Basis::Target))
            }
            _ => None,
        }
    }

    /// What the better quarter of the listed teams reach. It is made of values that are shown
    /// anyway.
    fn peers(&self) -> Option<f64> {
        let mut values: Vec<f64> = self.points.iter().map(|point| point.metric).collect();
        values.sort_unstable_by(f64::total_cmp);
        let share = match self.metric.better {
            Better::Lower => 0.25,
            Better::Higher => 0.75,
        };
        quantile(&values, share).filter(|_| values.len() >= COEFFICIENT_TEAMS)
    }

    /// Whether the level is on the good side of the target with its whole interval, or on the
    /// other; what came without an interval counts as it is.
    fn target_reached(&self) -> Option<TargetReached> {
        let target = self.metric.target?;
        let (low, high) = self
            .now
            .interval
            .unwrap_or((self.now.value, self.now.value));
        Some(match self.metric.better {
            Better::Lower if high <= target => TargetReached::Met,
            Better::Lower if low > target => TargetReached::Missed,
            Better::Higher if low >= target => TargetReached::Met,
            Better::Higher if high < target => TargetReached::Missed,
            _ => TargetReached::Open,
        })
    }

    fn not_compared(&self) -> NotCompared {
        let enough = self.teams >= COEFFICIENT_TEAMS;
        self.same
            .filter(|_| enough)
            .unwrap_or(NotCompared::FewTeams)
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
}

#[cfg(test)]
mod tests {
    use tribometer_findings::{Aggregate, Change, TeamPoint};
    use tribometer_statistics::within::Within;
    use tribometer_surveys::telemetry::metrics::{self, Metric};

    use super::*;
    use crate::input::Input;
    use crate::observed::Level;

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
            metric: metrics::find("pr.pickup_time").expect("a metric"),
            now: level(20.0),
            before: before.map(level),
            association: spearman.map(association),
            same: None,
            within: None,
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
        let found = draft(Some(-0.6), 20, None).finish(Some(0.01), None, None, 0);
        assert_eq!(
            (found.verdict, found.basis),
            (Verdict::Confirmed, Some(Basis::Teams))
        );
        assert_eq!(
            (found.association, found.kendall),
            (Some(-0.6), Some(-0.42))
        );
        assert_eq!(
            (found.q, found.teams, found.not_compared),
            (Some(0.01), 20, None)
        );
        let found = draft(Some(0.6), 20, None).finish(Some(0.01), None, None, 0);
        assert_eq!(found.verdict, Verdict::Contradicted);
    }

    #[test]
    fn few_teams_or_chance_make_no_verdict() {
        for (teams, q) in [(19, 0.01), (40, 0.06)] {
            let found = draft(Some(-0.6), teams, None).finish(Some(q), None, None, 0);
            assert_eq!(found.verdict, Verdict::Unclear, "{teams} {q}");
            assert_eq!(found.basis, None);
        }
        let found = draft(None, 7, None).finish(None, None, None, 0);
        assert_eq!(found.verdict, Verdict::Unclear);
        assert_eq!(found.not_compared, Some(NotCompared::FewTeams));
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
            let found = draft(None, 3, Some(before)).finish(None, Some(&changed(by, q)), None, 0);
            assert_eq!(found.verdict, verdict, "{before} {by} {q}");
            let is_clear = verdict != Verdict::Unclear;
            assert_eq!(found.basis, is_clear.then_some(Basis::Time));
            let moved = if by < 0.0 {
                RatingsMoved::Fell
            } else {
                RatingsMoved::Rose
            };
            assert_eq!(found.ratings_moved, is_clear.then_some(moved));
        }
    }

    #[test]
    fn teams_go_before_time() {
        let found = draft(Some(-0.6), 30, Some(30.0)).finish(
            Some(0.01),
            Some(&changed(-0.5, 0.01)),
            None,
            0,
        );
        assert_eq!(found.verdict, Verdict::Confirmed);
    }

    #[test]
    fn what_does_not_vary_is_the_reason_where_there_are_teams_enough() {
        for same in [NotCompared::SameValues, NotCompared::SameRatings] {
            for (teams, expected) in [(9, same), (7, NotCompared::FewTeams)] {
                let draft = Draft {
                    same: Some(same),
                    ..draft(None, teams, None)
                };
                let found = draft.finish(None, None, None, 0);
                assert_eq!(found.verdict, Verdict::Unclear);
                assert_eq!(found.not_compared, Some(expected));
            }
        }
    }

    #[test]
    fn the_level_says_how_it_is_made() {
        let found = draft(None, 3, Some(30.0)).finish(None, None, None, 0);
        assert_eq!(
            (found.level, found.low, found.high),
            (Some(20.0), Some(19.0), Some(21.0))
        );
        assert_eq!((found.aggregate, found.n), (Some(Aggregate::Median), 900));
        assert_eq!(
            (found.before, found.better),
            (Some(30.0), Some(Better::Lower))
        );
        let mut reported = draft(None, 3, None);
        reported.now.interval = None;
        let found = reported.finish(None, None, None, 0);
        assert_eq!((found.low, found.high), (None, None));
    }

    #[test]
    fn a_target_contradicts_people_who_say_the_opposite() {
        for (target, feel, verdict) in [
            (Some(21.0), Feel::Suffering, Verdict::Contradicted),
            (Some(20.0), Feel::Suffering, Verdict::Unclear),
            (Some(18.0), Feel::Suffering, Verdict::Unclear),
            (Some(18.0), Feel::Content, Verdict::Contradicted),
            (Some(21.0), Feel::Content, Verdict::Unclear),
            (Some(21.0), Feel::Neither, Verdict::Unclear),
            (None, Feel::Suffering, Verdict::Unclear),
        ] {
            let metric = Metric {
                target,
                ..metrics::find("pr.pickup_time").expect("a metric").clone()
            };
            let draft = Draft {
                metric: &metric,
                ..draft(None, 3, None)
            };
            let found = draft.finish(None, None, Some(feel), 0);
            assert_eq!(found.verdict, verdict, "{target:?} {feel:?}");
            assert_eq!(found.target, target);
            let is_clear = verdict != Verdict::Unclear;
            assert_eq!(found.basis, is_clear.then_some(Basis::Target));
            let reached = target.map(|target| match target {
                21.0 => TargetReached::Met,
                20.0 => TargetReached::Open,
                _ => TargetReached::Missed,
            });
            assert_eq!(found.target_reached, reached);
        }
    }

    #[test]
    fn people_suffer_in_the_worst_third_or_where_few_are_favorable() {
        let pillars = tribometer_surveys::builtin::devex_25().pillars().take(6);
        let mut ranking: Vec<FrictionRow<'_>> = pillars.map(FrictionRow::of).collect();
        let mut feel = |ranks: (u32, u32), favorable: (f64, f64)| {
            let row = &mut ranking[0];
            (row.rank_low, row.rank_high) = ranks;
            (row.favorable.low, row.favorable.high) = favorable;
            let pillar = &row.pillar.id;
            Feel::of(&ranking, pillar)
        };
        assert_eq!(feel((1, 2), (0.4, 0.6)), Some(Feel::Suffering));
        assert_eq!(feel((1, 3), (0.4, 0.6)), Some(Feel::Neither));
        assert_eq!(feel((3, 4), (0.3, 0.49)), Some(Feel::Suffering));
        assert_eq!(feel((5, 6), (0.4, 0.6)), Some(Feel::Content));
        assert_eq!(feel((2, 6), (0.51, 0.6)), Some(Feel::Content));
        assert_eq!(Feel::of(&ranking, "nothing"), None);
    }

    #[test]
    fn peers_are_the_better_quarter_of_eight_teams_or_more() {
        let points = |count: usize| -> Vec<TeamPoint> {
            let point = |at: usize| TeamPoint {
                team: at.to_string(),
                metric: at as f64,
                rating: 3.0,
            };
            (1..=count).rev().map(point).collect()
        };
        let peers = |count| {
            let draft = Draft {
                points: points(count),
                ..draft(None, 9, None)
            };
            draft.finish(None, None, None, 0).peers
        };
        assert_eq!((peers(7), peers(9)), (None, Some(3.0)));
    }

    #[test]
    fn the_link_within_teams_has_how_many_people_it_is_of_at_least() {
        let draft = Draft {
            within: Some(Within {
                spearman: -0.16,
                p: 0.4,
                people: 187,
            }),
            ..draft(Some(-0.6), 30, None)
        };
        let found = draft.finish(Some(0.01), None, None, 180);
        let within = WithinTeams {
            association: -0.16,
            p: 0.4,
            people: 180,
        };
        assert_eq!(found.within, Some(within));
    }

    /// Respondent `r001` of the reference is the person `e001@example.org`.
    #[test]
    fn respondents_are_linked_to_what_they_wrote() {
        let mut input = crate::reference::input(1);
        let respondents = input.responses.respondents.iter().flatten();
        let emails = respondents.map(|respondent| format!("e{}@example.org", &respondent[1..]));
        input.responses.respondents = emails.collect();
        let row = |input: &Input| {
            let evidence = crate::analyze(input).evidence;
            let mut rows = evidence.into_iter();
            rows.find(|row| row.pillar == "code-review" && row.metric == "pr.pickup_time")
        };
        let linked = row(&input).unwrap().within.unwrap();
        assert!(linked.people >= 50 && linked.people % 10 == 0);
        // −0.0711 of 268 people in 30 teams, computed from the files by other code.
        assert_eq!(linked.association, -0.07);
        // What teams share overstates what holds within them.
        assert!(linked.association.abs() < row(&input).unwrap().association.unwrap().abs());

        // In anonymous waves nothing links.
        input.responses.unlink();
        assert_eq!(row(&input).unwrap().within, None);
    }
}
