//! The ranking: friction with its interval and rank sets, and the other lenses beside it.

use tribometer_findings::{
    Driver, Estimate, Evidence, Joined, Pain, PillarChange, RankedPillar, Verdict, WEEKS, strongest,
};
use tribometer_statistics::friction::{covariance, design_effect, sizes, unanimous, worst_three};
use tribometer_statistics::ranks::RankSets;
use tribometer_statistics::ratings::NOT_ANSWERED;
use tribometer_statistics::resample::{self, Sums, bootstrap, interval};
use tribometer_surveys::survey::Pillar;

use crate::analysis::WaveScores;
use crate::input::Input;
use crate::pain::in_pain;
use crate::{design, hours};

/// The pillars by friction, and what the same bootstrap says about the whole.
#[derive(Default)]
pub(crate) struct Ranked<'a> {
    pub rows: Vec<FrictionRow<'a>>,
    /// Mean of the pillars' favorable shares.
    pub index: Option<Estimate>,
    /// Hours a week, of one engineer and of the organization; where hours were asked.
    pub hours: Option<(Estimate, Option<Estimate>)>,
    /// How many times the variance of friction is as great as if people answered independently of
    /// their teams.
    pub design_effect: f64,
}

/// What a pillar's answers say of it alone.
pub(crate) struct FrictionRow<'a> {
    pub pillar: &'a Pillar,
    pub rank: u32,
    /// The best and the worst rank that the data allow.
    pub rank_low: u32,
    pub rank_high: u32,
    /// Probability of being among the worst three.
    pub top3_probability: f64,
    /// 0 to 100, higher is worse.
    pub friction: Estimate,
    pub favorable: Estimate,
    /// Share of respondents who picked it.
    pub votes: Option<f64>,
    /// Hours a week: of the organization with a roster, else of the respondents.
    pub hours_per_week: Option<Estimate>,
    /// Ratings given.
    pub n: u32,
}

/// What stands beside the friction of the pillars.
pub(crate) struct Beside<'a> {
    /// Of the whole since the wave before.
    pub changes: &'a [PillarChange],
    pub drivers: &'a [Driver],
    pub evidence: &'a [Evidence],
    /// By pillar, in order of rank.
    pub joined: Vec<Option<Joined>>,
}

/// A pillar that enough people rated.
struct Rated<'a> {
    pillar: &'a Pillar,
    /// Its position in the survey.
    position: usize,
    /// The column of its rating.
    item: usize,
}

/// Money a year for hours a week, its interval being that of the hours.
pub(crate) fn cost(hours: Estimate, input: &Input) -> Option<Estimate> {
    let money = |hours: f64, cost: f64| hours * cost * WEEKS;
    input.settings.hourly_cost.map(|cost| Estimate {
        value: money(hours.value, cost),
        low: money(hours.low, cost),
        high: money(hours.high, cost),
    })
}

/// Ranks the pillars; none where the answers of the whole are hidden.
pub(crate) fn rank<'a>(
    input: &'a Input,
    now: &WaveScores<'_>,
    invited: Option<&[u32]>,
    pain: Pain,
) -> Ranked<'a> {
    if !now.is_shown() {
        return Ranked::default();
    }
    let rated: Vec<Rated> = input
        .survey
        .pillars()
        .enumerate()
        .filter_map(|(position, pillar)| {
            let item = now.item(&pillar.rating_item()?.id)?;
            now.shown(0, item).is_ok().then_some(Rated {
                pillar,
                position,
                item,
            })
        })
        .collect();
    if rated.is_empty() {
        return Ranked::default();
    }
    let count = rated.len();
    let people = now.responses.len() as f64;
    let planned = design::planned(&input.survey, now.responses);
    let layout = Columns::new(count);
    let sums = layout.sum(&rated, now, pain, planned.is_some());
    let numbers = layout.numbers(&sums.0.total());
    let friction = &numbers[..count];
    let pains = sums.pains(count);
    let (covariance, sizes) = (covariance(&pains), sizes(&pains));
    let design_effect = design_effect(&pains, &covariance);
    let total = pains.total();
    let draws = resample::replicates(sums.0.teams().count());
    let replicates = bootstrap(&sums.0, draws, input.settings.seed, |total| {
        layout.numbers(total)
    });
    let worst = worst_three(&replicates[..count]);
    let sets = RankSets::new(friction, &covariance, &sizes, input.settings.seed);

    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| friction[b].total_cmp(&friction[a]).then(a.cmp(&b)));
    let asked_hours = now.responses.hours.height() > 0;
    let scale = input
        .roster
        .as_ref()
        .map_or(people, |roster| roster.height() as f64);
    let times = |at: usize, scale: f64| {
        let asked = total.get(count + at).filter(|_| at < count);
        let nobody_or_all = asked.filter(|asked| total[at] <= 0.0 || total[at] >= **asked);
        let interval = nobody_or_all
            .and_then(|asked| unanimous(total[at] > 0.0, *asked, design_effect))
            .unwrap_or_else(|| interval(numbers[at], &replicates[at], &sizes));
        Estimate {
            value: interval.value * scale,
            low: interval.low.max(0.0) * scale,
            high: interval.high.min(layout.most(at)) * scale,
        }
    };
    let rows = order.iter().enumerate().map(|(place, &at)| {
        let Rated {
            pillar,
            position,
            item,
        } = rated[at];
        let ratings = now.whole(item);
        let votes = || {
            let cells = now.items[item].cells.iter().enumerate();
            let picked = now.responses.picked(position);
            let asked = cells.filter(|(_, cell)| planned.is_none() || **cell != NOT_ANSWERED);
            let (picked, asked) = asked.fold((0, 0), |(sum, asked), (row, _)| {
                (sum + u32::from(picked(row)), asked + 1)
            });
            f64::from(picked) / f64::from(asked.max(1))
        };
        let (rank_low, rank_high) = sets.simultaneous[at];
        FrictionRow {
            pillar,
            rank: place as u32 + 1,
            rank_low,
            rank_high,
            top3_probability: worst[at],
            friction: times(at, 1.0),
            favorable: ratings
                .favorable_share(invited.map(|invited| invited[0]))
                .unwrap_or_default(),
            votes: now.responses.picks.is_some().then(votes),
            hours_per_week: asked_hours.then(|| times(layout.hours + at, scale)),
            n: ratings.n(),
        }
    });
    Ranked {
        rows: rows.collect(),
        index: Some(times(layout.index, 1.0)),
        hours: asked_hours.then(|| {
            let roster = input
                .roster
                .as_ref()
                .map(|roster| times(layout.all_hours, roster.height() as f64));
            (times(layout.all_hours, 1.0), roster)
        }),
        design_effect,
    }
}

/// The rows of the report, in order of rank.
pub(crate) fn rows(
    input: &Input,
    ranked: Vec<FrictionRow<'_>>,
    beside: Beside<'_>,
) -> Vec<RankedPillar> {
    let outcome = input.survey.outcomes.first().map(|outcome| &outcome.id);
    let row = |(row, joined): (FrictionRow<'_>, Option<Joined>)| {
        let id = &row.pillar.id;
        let dimension = input.survey.dimension_of(id);
        let change = beside.changes.iter().find(|change| change.pillar == *id);
        let mut drivers = beside.drivers.iter();
        let driver =
            drivers.find(|driver| Some(&driver.outcome) == outcome && driver.pillar == *id);
        let strongest = strongest(beside.evidence, id);
        RankedPillar {
            rank: row.rank,
            rank_low: row.rank_low,
            rank_high: row.rank_high,
            top3_probability: row.top3_probability,
            pillar: id.clone(),
            name: row.pillar.name.clone(),
            dimension: dimension.map_or_else(String::new, |dimension| dimension.id.clone()),
            dimension_name: dimension.map_or_else(String::new, |dimension| dimension.name.clone()),
            friction: row.friction,
            joined,
            favorable: row.favorable,
            change: change.map(|change| change.share),
            impact: driver.map(|driver| driver.share),
            votes: row.votes,
            hours_per_week: row.hours_per_week,
            cost_per_year: row.hours_per_week.and_then(|hours| cost(hours, input)),
            verdict: strongest.map_or(Verdict::NoMetric, |evidence| evidence.verdict),
            says: None,
            n: row.n,
        }
    };
    ranked.into_iter().zip(beside.joined).map(row).collect()
}

/// People are drawn together with their team; where all are in one, that says nothing about chance,
/// and they are drawn by themselves, or in this many lots of a few each.
const LOTS: usize = 500;

/// How many teams have respondents.
pub(crate) fn teams(nodes: &[u32]) -> usize {
    nodes
        .iter()
        .collect::<std::collections::BTreeSet<_>>()
        .len()
}

/// Whether the respondents of these nodes are all in one team.
pub(crate) fn is_one_team(nodes: &[u32]) -> bool {
    nodes.windows(2).all(|pair| pair[0] == pair[1])
}

/// The unit that each respondent is drawn with, and how many units there are. Teams without a
/// response are no draw of the bootstrap.
pub(crate) fn units(nodes: &[u32]) -> (Vec<usize>, usize) {
    if is_one_team(nodes) {
        let units = (0..nodes.len()).map(|row| row % LOTS).collect();
        return (units, nodes.len().min(LOTS));
    }
    let teams: std::collections::BTreeSet<u32> = nodes.iter().copied().collect();
    let place: std::collections::BTreeMap<u32, usize> = teams.into_iter().zip(0..).collect();
    (nodes.iter().map(|node| place[node]).collect(), place.len())
}

/// How the sums of a team are laid out, and where the numbers made of them are.
struct Columns {
    count: usize,
    index: usize,
    hours: usize,
    all_hours: usize,
}

/// Sums by team: people in pain, people asked, favorable ratings, ratings and hundredths of hours,
/// each by pillar, then all of these hundredths and respondents.
struct TeamSums(Sums);

impl Columns {
    fn new(count: usize) -> Self {
        // As `numbers` lays them out: friction, the index, hours by pillar, all hours.
        Self {
            count,
            index: count,
            hours: count + 1,
            all_hours: 2 * count + 1,
        }
    }

    /// With a `planned` design, only those who were asked about a pillar count for its friction and
    /// its hours.
    fn sum(
        &self,
        rated: &[Rated<'_>],
        now: &WaveScores<'_>,
        pain: Pain,
        planned: bool,
    ) -> TeamSums {
        let count = self.count;
        let (units, count_of_units) = units(&now.placed.nodes);
        let mut sums = Sums::new(count_of_units, 5 * count + 2);
        for (at, rated) in rated.iter().enumerate() {
            let picked = now.responses.picked(rated.position);
            let cells = now.items[rated.item].cells.iter().zip(&units);
            for (row, (rating, unit)) in cells.enumerate() {
                let team = sums.team(*unit);
                team[at] += f64::from(in_pain(pain, *rating, picked(row)));
                team[count + at] += f64::from(!planned || *rating != NOT_ANSWERED);
                team[2 * count + at] += f64::from(matches!(rating, 4 | 5));
                team[3 * count + at] += f64::from(matches!(rating, 1..=5));
            }
        }
        for unit in &units {
            sums.team(*unit)[5 * count + 1] += 1.0;
        }
        for lost in hours::lost(now.responses) {
            let team = sums.team(units[lost.row]);
            team[5 * count] += f64::from(lost.hundredths);
            if let Some(at) = rated.iter().position(|rated| rated.position == lost.pillar) {
                let rating = now.items[rated[at].item].cells[lost.row];
                if !planned || rating != NOT_ANSWERED {
                    team[4 * count + at] += f64::from(lost.hundredths);
                }
            }
        }
        TeamSums(sums)
    }

    /// The most that a number can be.
    fn most(&self, number: usize) -> f64 {
        match number {
            friction if friction < self.index => 100.0,
            index if index == self.index => 1.0,
            _ => f64::from(hours::CAP),
        }
    }

    /// Friction by pillar, the index, hours of an engineer by pillar, all hours of an engineer.
    fn numbers(&self, total: &[f64]) -> Vec<f64> {
        let count = self.count;
        let people = total[5 * count + 1];
        // Where nobody who was asked is drawn nobody is in pain.
        let friction = (0..count).map(|at| 100.0 * total[at] / total[count + at].max(1.0));
        let mut numbers: Vec<f64> = friction.collect();
        let shares = (0..count).map(|at| total[2 * count + at] / total[3 * count + at]);
        numbers.push(shares.sum::<f64>() / count as f64);
        // As many were asked about each pillar as there are people, unless the design asks
        // everybody a part.
        let hours = total[4 * count..5 * count].iter().zip(&total[count..]);
        numbers.extend(hours.map(|(hundredths, asked)| hundredths / 100.0 / asked.max(1.0)));
        numbers.push(total[5 * count] / 100.0 / people);
        numbers
    }
}

impl TeamSums {
    /// People in pain and people asked by pillar, and the respondents.
    fn pains(&self, count: usize) -> Sums {
        let teams: Vec<&[f64]> = self.0.teams().collect();
        let mut pains = Sums::new(teams.len(), 2 * count + 1);
        for (at, team) in teams.into_iter().enumerate() {
            let pain = pains.team(at);
            pain[..2 * count].copy_from_slice(&team[..2 * count]);
            pain[2 * count] = team[self.0.width - 1];
        }
        pains
    }
}

#[cfg(test)]
impl<'a> FrictionRow<'a> {
    /// A pillar of which nothing else is known.
    pub fn of(pillar: &'a Pillar) -> Self {
        Self {
            pillar,
            rank: 1,
            rank_low: 1,
            rank_high: 1,
            top3_probability: 0.0,
            friction: Estimate::default(),
            favorable: Estimate::default(),
            votes: None,
            hours_per_week: None,
            n: 0,
        }
    }
}
