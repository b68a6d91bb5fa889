//! What a metric and a pillar's answers say of each other: the verdict, and the sentence that gives
//! its numbers.

use tribometer_findings::{Evidence, PillarChange, RankedPillar, Verdict, WithinTeams, format};
use tribometer_statistics::association::Association;
use tribometer_statistics::intervals::quantile;
use tribometer_statistics::thresholds::{ALPHA, COEFFICIENT_TEAMS, VERDICT_TEAMS};
use tribometer_surveys::telemetry::metrics::{Aggregate, Better};

use super::{Alike, Draft};
use crate::observed::Level;

/// Whether a metric went a better or a worse way, beyond its intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Better,
    Worse,
    Not,
}

/// What people say of a pillar, where they say it clearly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct People {
    feel: Feel,
    /// The best and the worst rank, and of how many.
    ranks: (u32, u32, usize),
    favorable: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Feel {
    /// All ranks that the data allow are in the worst third, or fewer than half of the ratings are
    /// favorable beyond the interval.
    Suffering,
    /// Not suffering, and the same at the other end.
    Content,
    Neither,
}

impl People {
    pub(super) fn of(ranking: &[RankedPillar], pillar: &str) -> Option<People> {
        let row = ranking.iter().find(|row| row.pillar == pillar)?;
        let (count, third) = (ranking.len() as u32, ranking.len() as u32 / 3);
        let feel = if row.rank_high <= third || row.favorable.high < 0.5 {
            Feel::Suffering
        } else if row.rank_low > count - third || row.favorable.low > 0.5 {
            Feel::Content
        } else {
            Feel::Neither
        };
        Some(People {
            feel,
            ranks: (row.rank_low, row.rank_high, ranking.len()),
            favorable: row.favorable.value,
        })
    }
}

/// Whether ratings fell since the wave before, where they changed beyond noise.
fn fell(change: Option<&PillarChange>) -> Option<bool> {
    let change = change?.change;
    change.is_beyond_noise().then_some(change.change < 0.0)
}

impl Draft<'_> {
    pub(super) fn finish(
        self,
        q: Option<f64>,
        change: Option<&PillarChange>,
        people: Option<People>,
        linked: usize,
    ) -> Evidence {
        let within = self.within.map(|within| WithinTeams {
            association: within.spearman,
            p: within.p,
            people: linked as u32,
        });
        let (verdict, is_by_target) = self.verdict(q, change, people);
        let mut sentence = self.sentence(verdict, q, change, people.filter(|_| is_by_target));
        if let Some(within) = within {
            sentence += &says_within(within);
        }
        Evidence {
            pillar: self.pillar.to_owned(),
            metric: self.metric.id.to_owned(),
            name: self.metric.name.to_owned(),
            unit: self.metric.unit.to_owned(),
            verdict,
            level: Some(self.now.value),
            peers: self.peers(),
            target: self.metric.target,
            association: self.association.map(|association| association.spearman),
            p: self.association.map(|association| association.p),
            q,
            teams: self.teams as u32,
            sentence,
            within,
            points: self.points,
        }
    }

    /// Confirmed by teams: where the metric is worse, ratings are lower. Confirmed by time: both
    /// moved the same way since the wave before. Where neither speaks, a declared target
    /// contradicts people who say the opposite; the second value tells that it did.
    fn verdict(
        &self,
        q: Option<f64>,
        change: Option<&PillarChange>,
        people: Option<People>,
    ) -> (Verdict, bool) {
        if let (Some(association), Some(q)) = (self.association, q)
            && self.teams >= VERDICT_TEAMS
            && q <= ALPHA
        {
            return match self.is_expected(association) {
                true => (Verdict::Confirmed, false),
                false => (Verdict::Contradicted, false),
            };
        }
        match (self.moved(), fell(change)) {
            (Moved::Worse, Some(true)) | (Moved::Better, Some(false)) => {
                return (Verdict::Confirmed, false);
            }
            (Moved::Worse, Some(false)) | (Moved::Better, Some(true)) => {
                return (Verdict::Contradicted, false);
            }
            _ => {}
        }
        match (self.meets_target(), people.map(|people| people.feel)) {
            (Some(true), Some(Feel::Suffering)) | (Some(false), Some(Feel::Content)) => {
                (Verdict::Contradicted, true)
            }
            _ => (Verdict::Unclear, false),
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
    fn meets_target(&self) -> Option<bool> {
        let target = self.metric.target?;
        let (low, high) = self
            .now
            .interval
            .unwrap_or((self.now.value, self.now.value));
        match self.metric.better {
            Better::Lower if high <= target => Some(true),
            Better::Lower if low > target => Some(false),
            Better::Higher if low >= target => Some(true),
            Better::Higher if high < target => Some(false),
            _ => None,
        }
    }

    /// How the level stands to the target, or else to the better teams.
    fn beside(&self, contradicted: Option<People>) -> String {
        let amount = |value: f64| format::amount(value, &self.metric.unit);
        let Some(target) = self.metric.target else {
            return match self.peers() {
                Some(peers) => {
                    format!(" A quarter of the teams reach {} or better.", amount(peers))
                }
                None => String::new(),
            };
        };
        let target = amount(target);
        let stands = match self.meets_target() {
            Some(true) => format!(" The target of {target} is met"),
            Some(false) => format!(" The target of {target} is missed"),
            None => format!(" Whether the target of {target} is met, the interval leaves open"),
        };
        match contradicted {
            Some(People {
                ranks: (low, high, of),
                favorable,
                ..
            }) => format!(
                "{stands}, yet {} ranks {low} to {high} of {of} by friction, with {} favorable.",
                self.pillar_name,
                format::percent(favorable)
            ),
            None => stands + ".",
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

    fn sentence(
        &self,
        verdict: Verdict,
        q: Option<f64>,
        change: Option<&PillarChange>,
        contradicted_by_target: Option<People>,
    ) -> String {
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
            _ => text += &self.why_no_coefficient(),
        }
        text += &self.beside(contradicted_by_target);
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

fn says_within(within: WithinTeams) -> String {
    let link = match within.p <= ALPHA {
        true => "there is a link too",
        false => "there is no clear link",
    };
    format!(
        " Within teams {link} (Spearman {}, p {}, from at least {} people).",
        format::signed(within.association, 2),
        format::p_value(within.p),
        format::count(u64::from(within.people))
    )
}

impl Draft<'_> {
    fn why_no_coefficient(&self) -> String {
        let teams = format::counted(self.teams as u64, "team", "teams");
        match self.alike {
            Some(alike) if self.teams >= COEFFICIENT_TEAMS => {
                let what = match alike {
                    Alike::Values => "values are",
                    Alike::Ratings => "ratings are",
                };
                format!(
                    " {teams} have both ratings and values, but the {what} the same in all of them: nothing can be compared."
                )
            }
            _ => format!(
                " {teams} have both ratings and values; {COEFFICIENT_TEAMS} are needed to compare them."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use tribometer_findings::{Change, TeamPoint};
    use tribometer_statistics::within::Within;
    use tribometer_surveys::telemetry::metrics::{self, Metric};

    use super::*;
    use crate::input::Input;

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
            alike: None,
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
        assert_eq!(found.verdict, Verdict::Confirmed);
        assert!(
            found
                .sentence
                .contains("Across 20 teams worse values go with lower ratings of code review (Spearman −0.60, Kendall −0.42, q 0.01)"),
            "{}",
            found.sentence
        );
        let found = draft(Some(0.6), 20, None).finish(Some(0.01), None, None, 0);
        assert_eq!(found.verdict, Verdict::Contradicted);
        assert!(found.sentence.ends_with("the metric may be the wrong one."));
    }

    #[test]
    fn few_teams_or_chance_make_no_verdict() {
        for (teams, q) in [(19, 0.01), (40, 0.06)] {
            let found = draft(Some(-0.6), teams, None).finish(Some(q), None, None, 0);
            assert_eq!(found.verdict, Verdict::Unclear, "{teams} {q}");
            assert!(found.sentence.contains("there is no clear link"));
        }
        let found = draft(None, 7, None).finish(None, None, None, 0);
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
            let found = draft(None, 3, Some(before)).finish(None, Some(&changed(by, q)), None, 0);
            assert_eq!(found.verdict, verdict, "{before} {by} {q}");
            let says = found.sentence.contains("Ratings of code review ");
            assert_eq!(says, verdict != Verdict::Unclear, "{}", found.sentence);
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
        for (alike, says) in [
            (Alike::Values, "but the values are the same in all of them"),
            (
                Alike::Ratings,
                "but the ratings are the same in all of them",
            ),
        ] {
            let found = Draft {
                alike: Some(alike),
                ..draft(None, 9, None)
            };
            let found = found.finish(None, None, None, 0);
            assert_eq!(found.verdict, Verdict::Unclear);
            assert!(found.sentence.contains(says), "{}", found.sentence);
            assert!(!found.sentence.contains("are needed"), "{}", found.sentence);
        }
    }

    #[test]
    fn a_target_contradicts_people_who_say_the_opposite() {
        let people = |feel| {
            Some(People {
                feel,
                ranks: (1, 3, 25),
                favorable: 0.31,
            })
        };
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
            let found = draft.finish(None, None, people(feel), 0);
            assert_eq!(found.verdict, verdict, "{target:?} {feel:?}");
            assert_eq!(found.target, target);
            let says = found
                .sentence
                .contains("yet code review ranks 1 to 3 of 25");
            assert_eq!(says, verdict == Verdict::Contradicted, "{}", found.sentence);
        }
    }

    #[test]
    fn people_suffer_in_the_worst_third_or_where_few_are_favorable() {
        let mut ranking = tribometer_findings::Findings::sample().ranking;
        ranking.truncate(6);
        let mut feel = |ranks: (u32, u32), favorable: (f64, f64)| {
            let row = &mut ranking[0];
            (row.rank_low, row.rank_high) = ranks;
            (row.favorable.low, row.favorable.high) = favorable;
            let pillar = row.pillar.clone();
            People::of(&ranking, &pillar).map(|people| people.feel)
        };
        assert_eq!(feel((1, 2), (0.4, 0.6)), Some(Feel::Suffering));
        assert_eq!(feel((1, 3), (0.4, 0.6)), Some(Feel::Neither));
        assert_eq!(feel((3, 4), (0.3, 0.49)), Some(Feel::Suffering));
        assert_eq!(feel((5, 6), (0.4, 0.6)), Some(Feel::Content));
        assert_eq!(feel((2, 6), (0.51, 0.6)), Some(Feel::Content));
        assert_eq!(People::of(&ranking, "nothing"), None);
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
    fn the_link_within_teams_is_told_with_how_many_people_it_is_of_at_least() {
        for (p, says) in [
            (
                0.01,
                "Within teams there is a link too (Spearman −0.16, p 0.01, from at least 180 people).",
            ),
            (
                0.4,
                "Within teams there is no clear link (Spearman −0.16, p 0.40, from at least 180 people).",
            ),
        ] {
            let draft = Draft {
                within: Some(Within {
                    spearman: -0.16,
                    p,
                    people: 187,
                }),
                ..draft(Some(-0.6), 30, None)
            };
            let found = draft.finish(Some(0.01), None, None, 180);
            assert!(found.sentence.ends_with(says), "{}", found.sentence);
            assert_eq!(found.within.map(|within| within.people), Some(180));
        }
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
