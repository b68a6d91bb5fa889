//! A generated organization as the files that people hand in: teams of about 33 people three levels
//! deep, so that 100,000 people make 3,000 teams. Slow reviews and low ratings come from the same
//! number of each team, so that something is there to be found. The same arguments give the same
//! files.

use std::io::{self, Write};

use chrono::{DateTime, Duration};
use rand::{Rng, RngExt};
use tribometer_statistics::random;
use tribometer_surveys::builtin;

/// Engineers of a team, about.
const TEAM: usize = 33;
/// Teams of a department, departments of a division.
const WIDTH: usize = 12;
/// The first merge, and the days over which the others follow: the three months before a wave of
/// October.
const BEGIN: i64 = 1_782_864_000;
const DAYS: i64 = 92;

fn team(person: usize) -> usize {
    person / TEAM
}

fn path(team: usize) -> String {
    let department = team / WIDTH;
    format!(
        "Engineering / Division {} / Department {department} / Team {team}",
        department / WIDTH
    )
}

/// From 0, all is well, to 1.
fn trouble(team: usize, seed: u64) -> f64 {
    random::numbered(seed, 1_000_000 + team as u64).random()
}

fn role(person: usize) -> &'static str {
    ["backend", "frontend", "mobile", "data", "platform"][person * 7 % 5]
}

fn location(person: usize) -> &'static str {
    ["north", "south", "remote"][person * 11 % 3]
}

/// people.csv of so many people.
pub fn people(out: &mut impl Write, people: usize) -> io::Result<()> {
    writeln!(out, "email,team,role,location,github")?;
    for person in 0..people {
        let (team, role, location) = (path(team(person)), role(person), location(person));
        writeln!(
            out,
            "e{person}@example.org,{team},{role},{location},dev{person}"
        )?;
    }
    out.flush()
}

/// responses.csv: everybody answers.
pub fn responses(out: &mut impl Write, people: usize, seed: u64) -> io::Result<()> {
    let survey = builtin::devex_25();
    let items: Vec<&str> = survey.rating_items().map(|item| item.id.as_str()).collect();
    let pillars: Vec<&str> = survey.pillars().map(|pillar| pillar.id.as_str()).collect();
    write!(
        out,
        "respondent,team,role,location,{},priorities",
        items.join(",")
    )?;
    pillars
        .iter()
        .try_for_each(|pillar| write!(out, ",hours:{pillar}"))?;
    writeln!(out, ",comment")?;
    let mut random = random::numbered(seed, 1);
    for person in 0..people {
        let trouble = trouble(team(person), seed);
        write!(
            out,
            "e{person}@example.org,{},{},{}",
            path(team(person)),
            role(person),
            location(person)
        )?;
        let ratings: Vec<u8> = (0..items.len())
            .map(|item| rating(item, trouble, &mut random))
            .collect();
        ratings.iter().try_for_each(|rating| match rating {
            0 => write!(out, ",na"),
            _ => write!(out, ",{rating}"),
        })?;
        let mut picks: Vec<usize> = (0..pillars.len())
            .filter(|item| (1..=2).contains(&ratings[*item]))
            .collect();
        picks.truncate(3);
        let names: Vec<&str> = picks.iter().map(|pillar| pillars[*pillar]).collect();
        write!(out, ",{}", names.join(";"))?;
        for pillar in 0..pillars.len() {
            if picks.contains(&pillar) {
                write!(out, ",{}", random.random_range(1..=12) as f64 / 2.0)?
            } else {
                write!(out, ",")?
            }
        }
        if random.random_bool(0.2) {
            writeln!(
                out,
                ",\"Reviews take long, and \"\"green\"\" builds turn red.\""
            )?
        } else {
            writeln!(out, ",")?
        }
    }
    out.flush()
}

/// 1 to 5, or 0 for "does not apply"; items differ, and troubled teams rate lower.
fn rating(item: usize, trouble: f64, random: &mut impl Rng) -> u8 {
    if random.random_bool(0.02) {
        return 0;
    }
    let mean = 4.6 - 1.4 * trouble - (item * 7 % 25) as f64 * 0.05;
    let noise: f64 = (0..4).map(|_| random.random_range(-1.0..1.0)).sum();
    (mean + noise).round().clamp(1.0, 5.0) as u8
}

/// pull_requests.csv of so many pull requests, some by a bot, some open.
pub fn pull_requests(
    out: &mut impl Write,
    people: usize,
    count: usize,
    seed: u64,
) -> io::Result<()> {
    writeln!(
        out,
        "repository,number,author,first_commit_at,created_at,first_review_at,merged_at,deployed_at,\
         additions,deletions,review_rounds"
    )?;
    let mut random = random::numbered(seed, 2);
    for number in 0..count {
        let person = random.random_range(0..people.max(1) as u64) as usize;
        let slow = 0.5 + 3.0 * trouble(team(person), seed);
        // Times are skewed to the right, as they are.
        let mut hours = |mean: f64| {
            Duration::seconds((-(1.0 - random.random::<f64>()).ln() * mean * 3600.0) as i64)
        };
        let (coding, pickup, review, release) =
            (hours(14.0), hours(4.0 * slow), hours(7.0), hours(5.0));
        let begin = DateTime::from_timestamp(BEGIN + random.random_range(0..DAYS * 86_400), 0)
            .unwrap_or_default();
        let (created, reviewed) = (begin + coding, begin + coding + pickup);
        let (merged, deployed) = (reviewed + review, reviewed + review + release);
        let stamp = |time: DateTime<chrono::Utc>| time.format("%Y-%m-%dT%H:%M:%SZ");
        let is_open = random.random_bool(0.03);
        let author = if random.random_bool(0.04) {
            "renovate[bot]".to_owned()
        } else {
            format!("dev{person}")
        };
        write!(
            out,
            "org/repository-{},{number},{author},{},{},{},",
            team(person) / 4,
            stamp(begin),
            stamp(created),
            stamp(reviewed)
        )?;
        if is_open {
            write!(out, ",")?
        } else {
            write!(out, "{},{}", stamp(merged), stamp(deployed))?
        }
        let (added, deleted) = (random.random_range(1..400), random.random_range(0..150));
        writeln!(out, ",{added},{deleted},{}", random.random_range(0..4))?;
    }
    out.flush()
}
