//! A generated organization as the files that people hand in, with what goes wrong in real ones:
//! repeated ids, clocks that go backwards, strangers, teams too small to be shown. It draws from
//! a generator of its own and in whole numbers, so that no update of a library changes the data.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write;

use tribometer_surveys::builtin;

/// Each row is about something of its own.
pub const ALL: usize = usize::MAX;

/// A file that is handed in.
#[derive(Clone)]
pub struct File {
    /// The option that it is given with.
    pub flag: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its first line.
    pub header: String,
    /// Its rows; a cell in quotes may hold a line's end.
    pub rows: Vec<String>,
    /// How many cells from the left tell what a row is about, where the order of two such rows
    /// matters.
    pub key: usize,
}

impl File {
    /// A table that begins with no row.
    pub fn new(flag: &'static str, name: &'static str, key: usize, header: &str) -> Self {
        let (header, rows) = (header.to_owned(), Vec::new());
        Self {
            flag,
            name,
            header,
            rows,
            key,
        }
    }

    /// The text of a file that lies in the repository.
    pub fn of_text(flag: &'static str, name: &'static str, key: usize, text: &str) -> Self {
        let mut lines = text.lines().map(str::to_owned);
        let mut file = Self::new(flag, name, key, &lines.next().unwrap_or_default());
        file.rows.extend(lines);
        file
    }

    pub fn text(&self) -> String {
        let lines = std::iter::once(&self.header).chain(&self.rows);
        lines.flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    /// The same rows in another order, but for those about the same thing, which stay in theirs.
    pub fn shuffled(&self, random: &mut Random) -> Self {
        let key = |row: &'_ String| row.split(',').take(self.key).collect::<Vec<_>>().join(",");
        let mut about: HashMap<String, VecDeque<&String>> = HashMap::new();
        for row in &self.rows {
            about.entry(key(row)).or_default().push_back(row);
        }
        let mut shuffled = self.clone();
        for at in (1..shuffled.rows.len()).rev() {
            shuffled.rows.swap(at, random.below(at as u64 + 1) as usize);
        }
        for row in &mut shuffled.rows {
            let next = about.get_mut(&key(row)).and_then(VecDeque::pop_front);
            row.clone_from(next.expect("as many rows about it as there were"));
        }
        shuffled
    }
}

/// A linear congruential generator, of which the upper bits are taken.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: u64) -> u64 {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// One of the words between bars.
    pub fn word<'a>(&mut self, words: &'a str) -> &'a str {
        let count = words.split('|').count() as u64;
        words
            .split('|')
            .nth(self.below(count) as usize)
            .unwrap_or_default()
    }

    /// A word, or in one of `n` cells nothing.
    pub fn mostly<'a>(&mut self, n: u64, word: &'a str) -> &'a str {
        if self.one_in(n) { "" } else { word }
    }

    /// Seconds with a long tail to the right, and now and then before zero.
    pub fn wait(&mut self, hours: u64) -> i64 {
        let most = 2 * hours * 3600;
        let long = self.below(most) * self.below(most) / most;
        if self.one_in(60) {
            -(long as i64)
        } else {
            long as i64
        }
    }
}

/// Somebody of the directory.
#[derive(Clone, Default)]
pub struct Person {
    pub email: String,
    pub id: String,
    pub name: String,
    pub login: String,
    pub team: String,
    pub role: String,
    pub location: String,
    pub has_left: bool,
}

/// How many people teams have, over and over.
pub const SMALL_TEAMS: [usize; 8] = [3, 9, 5, 14, 2, 8, 22, 4];
pub const LARGE_TEAMS: [usize; 8] = [17, 9, 31, 4, 24, 8, 40, 3];
const FIRST: &str = "Ada|Zoë|Will|Ana-María|May|Jörg|Lin|Bo";
const LAST: &str = "Brandt|López|Okafor|Long|Nguyễn|Ek|Young";
const ZONES: &str = "Europe/Berlin|Asia/Tokyo|America/New_York|UTC|";

/// Seconds of 2026-01-14 and 2026-10-20, midnight UTC: events lie between, and so begin before
/// and end after the three months that the answers speak about.
const BEGIN: i64 = 1_768_348_800;
const END: i64 = 1_792_454_400;

pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The path of a team; the name of a division may hold a comma.
fn path(team: usize) -> String {
    let (department, division) = (team / 6, team / 30);
    let division_name = ["Payments", "Data, Search", "Mobile"][division % 3];
    let department = format!("Engineering / {division_name} {division} / Dept {department}");
    // The head of a department is in no team of it.
    match team % 6 {
        0 if team.is_multiple_of(12) => department,
        _ => format!("{department} / Team {team}"),
    }
}

/// People in teams of uneven sizes, three levels deep; some have left, some are in no team.
pub fn people(logins: &[String], sizes: &[usize], random: &mut Random) -> Vec<Person> {
    let (mut team, mut room) = (0, sizes[0]);
    let person = |(at, login): (usize, &String)| {
        if room == 0 {
            team += 1;
            room = sizes[team % sizes.len()];
        }
        room -= 1;
        Person {
            email: format!("e{at}@example.org"),
            id: random.mostly(2, &format!("id-{at}")).to_owned(),
            name: format!("{} {}", random.word(FIRST), random.word(LAST)),
            login: random.mostly(25, login).to_owned(),
            team: random.mostly(97, &path(team)).to_owned(),
            role: random.word("backend|mobile|data|").to_owned(),
            location: random.word("north|south|remote").to_owned(),
            has_left: random.one_in(40),
        }
    };
    logins.iter().enumerate().map(person).collect()
}

/// The people of a people.csv of which no cell is in quotes.
pub fn people_of(text: &str) -> Vec<Person> {
    let person = |line: &str| {
        let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        let [email, team, role, location, login] = cells.try_into().expect("five cells");
        Person {
            email,
            team,
            role,
            location,
            login,
            ..Person::default()
        }
    };
    text.lines().skip(1).map(person).collect()
}

pub fn people_file(people: &[Person], random: &mut Random) -> File {
    let header = "email,id,name,team,manager,timezone,active,github,gitlab,role,location";
    let mut file = File::new("--people", "people.csv", ALL, header);
    for person in people {
        let Person {
            email,
            id,
            name,
            login,
            role,
            location,
            ..
        } = person;
        let manager = if *email == people[0].email {
            ""
        } else {
            &people[0].email
        };
        let (zone, active) = (random.word(ZONES), if person.has_left { "no" } else { "" });
        let gitlab = if random.one_in(9) {
            format!("lab-{login}")
        } else {
            String::new()
        };
        let team = quoted(&person.team);
        file.rows.push(format!(
            "{email},{id},{name},{team},{manager},{zone},{active},{login},{gitlab},{role},\
             {location}"
        ));
    }
    file
}

/// How slow a team is and how low it rates, in a wave: from 0, all is well, to 19.
pub fn trouble(team: &str, wave: usize) -> i64 {
    let hash = team.bytes().fold(wave as u64 % 2 + 7, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    (hash >> 40) as i64 % 20
}

/// The responses of a wave; 0 is the newest. Not everybody answers, and some have changed teams.
pub fn responses(
    people: &[Person],
    wave: usize,
    (flag, name): (&'static str, &'static str),
    random: &mut Random,
) -> File {
    let survey = builtin::devex_25();
    let items: Vec<&str> = survey.rating_items().map(|item| item.id.as_str()).collect();
    let pillars: Vec<&str> = survey.pillars().map(|pillar| pillar.id.as_str()).collect();
    let mut header = format!(
        "respondent,team,role,location,{},priorities",
        items.join(",")
    );
    for pillar in &pillars {
        header += &format!(",hours:{pillar}");
    }
    header += ",comment:test-feedback,comment:code-review,comment";
    let mut file = File::new(flag, name, ALL, &header);
    for (at, person) in people.iter().enumerate() {
        let trouble = trouble(&person.team, wave);
        if person.has_left || random.below(100) < 10 + trouble as u64 {
            continue;
        }
        let has_moved = wave > 0 && random.one_in(20);
        let before = &people[(at + 13) % people.len()].team;
        let team = quoted(if has_moved { before } else { &person.team });
        let who = if person.id.is_empty() {
            &person.email
        } else {
            &person.id
        };
        let mut row = format!("{who},{team},{},{}", person.role, person.location);
        let mut picks = Vec::new();
        for (item, id) in items.iter().enumerate() {
            let answer = match random.below(50) {
                0 => "na",
                1 => "",
                2 => random.word("Agree|Disagree"),
                _ => {
                    let noise = (random.below(25) + random.below(25)) as i64 - 24;
                    let rating = 42 - trouble - (item as i64 * 7 % 25) / 2 + noise + wave as i64;
                    ["1", "2", "3", "4", "5"][((rating + 5) / 10).clamp(1, 5) as usize - 1]
                }
            };
            if pillars.contains(id) && matches!(answer, "1" | "2") && picks.len() < 3 {
                picks.push(*id);
            }
            let _ = write!(row, ",{answer}");
        }
        let _ = write!(row, ",{}", picks.join(";"));
        for pillar in &pillars {
            row.push(',');
            if picks.contains(pillar) && !random.one_in(6) {
                let _ = write!(row, "{}", random.word("0|0.5|1|2.5|4|9.25"));
            }
        }
        for _ in 0..3 {
            row.push(',');
            if random.one_in(6) {
                row += &quoted(&comment(people, random));
            }
        }
        file.rows.push(row);
    }
    file
}

const SUBJECTS: &str = "\
    The build|Our review queue|Nobody|The staging cluster|A colleague|The wiki|\
    Every meeting|My laptop|The flaky suite";
const VERBS: &str = "slows down|never explains|breaks|blocks|helps with|forgets|delays|hides";
const OBJECTS: &str = "\
    the database schema|mobile releases|our feature flags|the Kubernetes dashboard|\
    payment tests|on-call handover|the search index|design tokens|old migrations";
const ENDS: &str = "\
    .| again.|,\nas \"everybody\" knows.|, see https://example.org/wiki/1.| since OPS-1234.|\
    ; ask @dev3.| – écrit à zoe@example.org.";

fn comment(people: &[Person], random: &mut Random) -> String {
    let name = match random.below(5) {
        0 => format!(
            "{} says: ",
            people[random.below(people.len() as u64) as usize].name
        ),
        _ => String::new(),
    };
    let (subject, verb) = (random.word(SUBJECTS), random.word(VERBS));
    let (object, end) = (random.word(OBJECTS), random.word(ENDS));
    format!("{name}{subject} {verb} {object}{end}")
}

pub fn stamp(seconds: i64, random: &mut Random) -> String {
    let offset = random.pick(&[0, 0, 0, 0, 2, -7]);
    let time = chrono::DateTime::from_timestamp(seconds + offset * 3600, 0).expect("a time");
    let zone = match offset {
        0 => "Z".to_owned(),
        _ => format!(
            "{}{:02}:00",
            if offset < 0 { '-' } else { '+' },
            offset.abs()
        ),
    };
    let fraction = random.word("|||.25");
    format!("{}{fraction}{zone}", time.format("%Y-%m-%dT%H:%M:%S"))
}

/// A time, or in one of `n` cells none.
pub fn maybe(seconds: i64, n: u64, random: &mut Random) -> String {
    if random.one_in(n) {
        String::new()
    } else {
        stamp(seconds, random)
    }
}

pub fn begin(random: &mut Random) -> i64 {
    BEGIN + random.below((END - BEGIN) as u64) as i64
}

pub fn anybody<'a>(people: &'a [Person], random: &mut Random) -> &'a Person {
    &people[random.below(people.len() as u64) as usize]
}

/// What a system calls somebody: a login, an address, or a name that nobody has.
pub fn author(person: &Person, random: &mut Random) -> String {
    match random.below(40) {
        0 => "renovate[bot]".to_owned(),
        1..3 => format!("stranger{}", random.below(30)),
        3..6 => person.email.clone(),
        6 => person.email.to_uppercase(),
        _ if person.login.is_empty() => person.email.clone(),
        _ => person.login.clone(),
    }
}

/// Open ones, closed ones, repeated ones, and strangers who work in several teams.
pub fn pull_requests(people: &[Person], count: usize, random: &mut Random) -> File {
    let header = "repository,number,author,team,first_commit_at,last_commit_at,created_at,\
        ready_at,first_review_at,approved_at,merged_at,merged_by,closed_at,deployed_at,commits,\
        additions,deletions,changed_files,review_rounds";
    let mut file = File::new("--pull-requests", "pull_requests.csv", 2, header);
    for number in 0..count as u64 {
        let person = anybody(people, random);
        let slow = 2 + trouble(&person.team, 0) as u64;
        let who = author(person, random);
        // Where the author is known, their team goes before the cell.
        let team = match random.below(6) {
            0..3 => String::new(),
            3 => quoted(&anybody(people, random).team),
            _ => quoted(&person.team),
        };
        let committed = begin(random);
        let created = committed + random.wait(12);
        let ready = created + random.wait(3);
        let reviewed = ready + random.wait(slow);
        let merged = reviewed + random.wait(9);
        let deployed = merged + random.wait(30);
        let own = format!("org/repository-{},{number}", trouble(&person.team, 3));
        let key = match file.rows.len() {
            rows @ 1.. if random.one_in(50) => {
                let other = &file.rows[random.below(rows as u64) as usize];
                other.split(',').take(2).collect::<Vec<_>>().join(",")
            }
            _ => own,
        };
        let [mut merges, mut deploys, mut closes] = [const { String::new() }; 3];
        match random.below(30) {
            // Still open.
            0..2 => {}
            2 => closes = stamp(merged, random),
            _ => {
                merges = stamp(merged, random);
                deploys = maybe(deployed, 3, random);
                closes = maybe(merged, 2, random);
            }
        }
        let merged_by = &anybody(people, random).login;
        let numbers: Vec<String> = [20, 400, 150, 12, 4]
            .map(|end| {
                if random.one_in(12) {
                    String::new()
                } else {
                    random.below(end).to_string()
                }
            })
            .into();
        let cells = [
            key,
            who,
            team,
            maybe(committed, 9, random),
            maybe(committed, 2, random),
            maybe(created, 9, random),
            maybe(ready, 2, random),
            maybe(reviewed, 5, random),
            maybe(reviewed, 3, random),
            merges,
            merged_by.clone(),
            closes,
            deploys,
            numbers.join(","),
        ];
        file.rows.push(cells.join(","));
    }
    file
}
