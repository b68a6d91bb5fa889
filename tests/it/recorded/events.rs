//! What other systems saw of the people of an organization, and what was done about it.

use super::organization::{ALL, File, Person, Random};
use super::organization::{anybody, author, begin, maybe, quoted, stamp, trouble};

/// What other systems saw: a file of each kind, and metrics of one's own.
pub fn all(people: &[Person], random: &mut Random) -> Vec<File> {
    vec![
        ci_runs(people, random),
        deployments(people, random),
        incidents(people, random),
        support_requests(people, random),
        metrics(people, random),
        File::of_text(
            "--metric-definitions",
            "own.yaml",
            ALL,
            include_str!("../../data/recorded/own.yaml"),
        ),
    ]
}

fn ci_runs(people: &[Person], random: &mut Random) -> File {
    let header = "repository,commit,workflow,started_at,finished_at,verdict,attempt,branch,author";
    let mut file = File::new("--ci-runs", "ci_runs.csv", 3, header);
    for commit in 0..people.len() as u64 * 3 {
        let person = anybody(people, random);
        let (repository, who) = (trouble(&person.team, 3), author(person, random));
        let workflow = random.word("ci|lint");
        let branch = random.word("main|Master|topic|");
        let mut started = begin(random);
        for attempt in 1..=random.pick(&[1, 1, 1, 2, 3]) {
            let finished = started + random.wait(1 + trouble(&person.team, 0) as u64 / 4);
            let verdict = random.word("success|success|success|failure|cancelled");
            let (begun, done) = (stamp(started, random), maybe(finished, 15, random));
            let attempt = attempt.to_string();
            let (attempt, who) = (random.mostly(9, &attempt), random.mostly(20, &who));
            file.rows.push(format!(
                "org/r{repository},c{commit},{workflow},{begun},{done},{verdict},{attempt},\
                 {branch},{who}"
            ));
            started += random.pick(&[0, 3600, 7200]);
        }
    }
    file
}

/// The team of somebody, that of nobody, or none.
fn team(people: &[Person], random: &mut Random) -> String {
    match random.below(25) {
        0 => "Engineering / Dissolved".to_owned(),
        1..4 => String::new(),
        _ => quoted(&anybody(people, random).team),
    }
}

fn service(random: &mut Random) -> String {
    format!("service-{}", random.below(40))
}

fn deployments(people: &[Person], random: &mut Random) -> File {
    let header = "service,environment,commit,finished_at,verdict,team";
    let mut file = File::new("--deployments", "deployments.csv", ALL, header);
    for commit in 0..people.len() * 2 {
        let environment = random.word("production|Prod||staging");
        let verdict = random.word("success|success|success|failure|cancelled");
        let (service, begin) = (service(random), begin(random));
        let (finished, team) = (stamp(begin, random), team(people, random));
        file.rows.push(format!(
            "{service},{environment},c{commit},{finished},{verdict},{team}"
        ));
    }
    file
}

fn incidents(people: &[Person], random: &mut Random) -> File {
    let header = "id,service,team,started_at,detected_at,resolved_at,severity,found_by";
    let mut file = File::new("--incidents", "incidents.csv", 1, header);
    for id in 0..people.len() as u64 {
        let id = if random.one_in(30) {
            random.below(id + 1)
        } else {
            id
        };
        let (service, team) = (service(random), team(people, random));
        let started = begin(random);
        let detected = started + random.wait(2);
        let resolved = detected + random.wait(8);
        let row = [
            id.to_string(),
            random.mostly(8, &service).to_owned(),
            team,
            stamp(started, random),
            maybe(detected, 6, random),
            maybe(resolved, 6, random),
            random.word("1|2|3|").to_owned(),
            random
                .pick(&["monitoring", "user", "monitoring", ""])
                .to_owned(),
        ];
        file.rows.push(row.join(","));
    }
    file
}

fn support_requests(people: &[Person], random: &mut Random) -> File {
    let header = "id,type,pillar,team,requester,opened_at,assigned_at,first_response_at,\
        resolved_at,tier,escalated_at,title";
    let mut file = File::new("--support-requests", "support_requests.csv", 1, header);
    for id in 0..people.len() as u64 * 2 {
        let id = if random.one_in(30) {
            random.below(id + 1)
        } else {
            id
        };
        let person = anybody(people, random);
        let own_team = team(people, random);
        let opened = begin(random);
        let assigned = opened + random.wait(2);
        let answered = assigned + random.wait(3);
        let resolved = answered + random.wait(30);
        let who = author(person, random);
        let row = [
            format!("S-{id}"),
            random
                .pick(&["question", "How do I", "access", "how-to", ""])
                .to_owned(),
            random
                .pick(&["documentation", "internal-tooling", "local-environment", ""])
                .to_owned(),
            if random.one_in(3) {
                own_team
            } else {
                String::new()
            },
            random.mostly(15, &who).to_owned(),
            stamp(opened, random),
            maybe(assigned, 8, random),
            maybe(answered, 5, random),
            maybe(resolved, 4, random),
            random.word("front|back|front|").to_owned(),
            maybe(answered, 8, random),
            quoted("How, \"again\"?"),
        ];
        file.rows.push(row.join(","));
    }
    file
}

fn metrics(people: &[Person], random: &mut Random) -> File {
    let header = "metric,team,period_start,period_end,value,n";
    let mut file = File::new("--metrics", "metrics.csv", ALL, header);
    let quarters = ["2026-01-13", "2026-04-14", "2026-07-14", "2026-10-13"];
    let mut teams: Vec<&str> = people.iter().map(|person| person.team.as_str()).collect();
    teams.sort_unstable();
    teams.dedup();
    teams.push("Engineering / Dissolved");
    let ids = [
        "docs.age",
        "ai.active_share",
        "on_call.pages",
        "code.rework_share",
        "ci.duration",
    ];
    for id in ids {
        for quarter in quarters.windows(2) {
            for team in &teams {
                // The whole of some metrics is not reported, or twice.
                let times = if team.is_empty() {
                    random.below(3)
                } else {
                    u64::from(!random.one_in(4))
                };
                for _ in 0..times {
                    let (value, n) = (1 + random.below(98), random.below(60));
                    let value = match id {
                        "docs.age" => format!("{value}.{n}"),
                        _ => format!("0.{value:02}"),
                    };
                    let (start, end, team) = (quarter[0], quarter[1], quoted(team));
                    file.rows
                        .push(format!("{id},{team},{start},{end},{value},{n}"));
                }
            }
        }
    }
    file
}

/// What was done in some teams, some of it long enough ago to be compared.
pub fn actions(people: &[Person], previous: &str, random: &mut Random) -> File {
    let header = "title,pillar,team,start";
    let mut file = File::new("--actions", "actions.csv", ALL, header);
    let done = [
        ("Review hours", "code-review", "2026-07-20", 24),
        ("Faster runners", "test-feedback", "2026-07-14", 9),
        ("Pages reread", "documentation", "2026-04-14", 12),
        ("Release train", "releasing", previous, 5),
        ("\"Pairing, weekly\"", "getting-help", "2026-Q4", 3),
        ("Pagers off", "on-call-load", "2026-08-01", 1),
    ];
    let mut teams: Vec<&Person> = people.iter().filter(|one| !one.team.is_empty()).collect();
    teams.retain(|one| !one.has_left);
    for (title, pillar, start, rows) in done {
        for _ in 0..rows {
            let [one, other] = [(); 2].map(|()| random.pick(&teams).team.as_str());
            let two = quoted(&format!("{one};{other}"));
            let team = if random.one_in(3) { two } else { quoted(one) };
            file.rows.push(format!("{title},{pillar},{team},{start}"));
        }
    }
    file
}
