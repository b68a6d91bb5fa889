//! Takes out of comments what identifies people: names and logins of the directory, addresses,
//! links, tickets and mentions.
//!
//! A text is cut into words; the directory's names are runs of words too, so that `Ada Stern`,
//! `ada.stern` and `Stern, Ada` are all found. Upper and lower case do not matter, nor do accents.
//! A single name that is also an English word (`Will`, `Rose`) is taken for the name only when it
//! is capitalized, also where a sentence begins with it: a word too much is taken out rather than a
//! name too little.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use foldhash::fast::RandomState;
use tribometer_surveys::person::Person;

const NAME: &str = "[name]";
const ADDRESS: &str = "[address]";
const LINK: &str = "[link]";
const TICKET: &str = "[ticket]";

/// English words that are names, too.
const ORDINARY: &str = include_str!("ordinary.txt");
/// What looks like a ticket and is none.
const STANDARDS: [&str; 8] = ["UTF", "SHA", "ISO", "RFC", "AES", "HTTP", "TLS", "COVID"];
/// Words of one name stand at most this many bytes apart.
const GAP: usize = 3;

/// Everything that people of the directory are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identifying {
    /// Full names.
    pub names: Vec<String>,
    /// Logins, and addresses up to the `@`.
    pub logins: Vec<String>,
}

impl Identifying {
    /// What these people are called.
    pub fn of<'a>(people: impl IntoIterator<Item = &'a Person>) -> Self {
        let mut identifying = Self::default();
        for person in people {
            identifying.names.extend(person.name.clone());
            let local = person.email.as_str().split('@').next();
            identifying.logins.extend(local.map(str::to_owned));
            identifying
                .logins
                .extend(person.identities.values().cloned());
        }
        identifying
    }
}

/// Knows a directory's names.
pub struct Scrubber {
    /// Runs of words by their first word: the other words, the longest run first.
    runs: HashMap<String, Vec<Vec<String>>, RandomState>,
    /// Names in scripts that do not part words.
    within: Vec<String>,
    ordinary: HashSet<&'static str, RandomState>,
}

/// A word of a text.
struct Word {
    place: Range<usize>,
    /// How it may be spelled in the directory.
    spellings: Vec<String>,
    is_capitalized: bool,
}

impl Scrubber {
    /// Prepares for a directory.
    pub fn new(identifying: &Identifying) -> Self {
        let mut scrubber = Self {
            runs: HashMap::default(),
            within: Vec::new(),
            ordinary: ORDINARY.split_whitespace().collect(),
        };
        for name in &identifying.names {
            let words = scrubber.add(name);
            // `AdaStern`, and each part by itself: both `Mary-Jane` and `Jane`.
            scrubber.add(&words.concat());
            let parts = name.split_whitespace();
            parts
                .chain(words.iter().map(String::as_str))
                .for_each(|part| {
                    scrubber.add(part);
                });
        }
        for login in &identifying.logins {
            scrubber.add(login);
        }
        for runs in scrubber.runs.values_mut() {
            runs.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
            runs.dedup();
        }
        scrubber
            .within
            .sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        scrubber.within.dedup();
        scrubber
    }

    /// Adds a run of words and returns the words as they are written. A single letter is no name.
    fn add(&mut self, name: &str) -> Vec<String> {
        let written: Vec<String> = words(name).map(|place| name[place].to_owned()).collect();
        if written.concat().chars().count() < 2 {
            return written;
        }
        let unparted = written.iter().filter(|word| word.chars().any(is_unparted));
        self.within
            .extend(unparted.filter(|word| word.chars().count() > 1).cloned());
        for spell in [plain, spelled_out] {
            let mut run = written
                .iter()
                .map(|word| spell(word))
                .filter(|word| !word.is_empty());
            if let Some(first) = run.next() {
                self.runs.entry(first).or_default().push(run.collect());
            }
        }
        written
    }

    /// The text with words such as `[name]` for what identifies somebody.
    pub fn scrub(&self, text: &str) -> String {
        let mut found: Vec<(Range<usize>, &str)> = Vec::new();
        mark(&mut found, links(text), LINK);
        for at in text.match_indices('@').map(|(at, _)| at) {
            let (place, what) = address(text, at);
            mark(&mut found, place, what);
        }
        mark(&mut found, tickets(text), TICKET);
        for name in &self.within {
            let places = text
                .match_indices(name)
                .map(|(at, name)| at..at + name.len());
            mark(&mut found, places.collect::<Vec<_>>(), NAME);
        }
        let names = self.names(text, &found);
        mark(&mut found, names, NAME);

        found.sort_by_key(|(place, _)| place.start);
        let mut scrubbed = String::with_capacity(text.len());
        let mut from = 0;
        for (place, what) in found {
            scrubbed.push_str(&text[from..place.start]);
            scrubbed.push_str(what);
            from = place.end;
        }
        scrubbed.push_str(&text[from..]);
        scrubbed
    }

    /// Where names of the directory stand, outside of what has been found.
    fn names(&self, text: &str, found: &[(Range<usize>, &str)]) -> Vec<Range<usize>> {
        let is_free = |place: &Range<usize>| found.iter().all(|(other, _)| !overlap(place, other));
        let words: Vec<Word> = words(text)
            .filter(is_free)
            .map(|place| Word::new(text, place))
            .collect();
        let mut names = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let taken = self.longest(&words[at..]);
            if let (Some(first), Some(last)) =
                (words.get(at), words[at..].iter().take(taken).next_back())
            {
                names.push(first.place.start..last.place.end);
            }
            at += taken.max(1);
        }
        names
    }

    /// How many of the words are a name that begins with the first one; zero if none is.
    fn longest(&self, words: &[Word]) -> usize {
        let Some(first) = words.first() else { return 0 };
        let runs = first
            .spellings
            .iter()
            .filter_map(|spelling| self.runs.get(spelling))
            .flatten();
        let is_here = |run: &&Vec<String>| {
            let rest = words.iter().zip(words.iter().skip(1)).take(run.len());
            let follows = |(before, word): (&Word, &Word), name: &String| {
                word.place.start - before.place.end <= GAP && word.spellings.contains(name)
            };
            words.len() > run.len() && rest.zip(run.iter()).all(|(pair, name)| follows(pair, name))
        };
        let is_name = |run: &&Vec<String>| {
            let is_ordinary = first
                .spellings
                .iter()
                .any(|word| self.ordinary.contains(word.as_str()));
            !run.is_empty() || first.is_capitalized || !is_ordinary
        };
        runs.filter(|run| is_here(run) && is_name(run))
            .map(|run| run.len() + 1)
            .max()
            .unwrap_or(0)
    }
}

impl Word {
    fn new(text: &str, place: Range<usize>) -> Self {
        let written = &text[place.clone()];
        let mut spellings = vec![plain(written), spelled_out(written)];
        spellings.dedup();
        Self {
            is_capitalized: written.chars().next().is_some_and(char::is_uppercase),
            place,
            spellings,
        }
    }
}

/// Adds what overlaps with nothing found before.
fn mark<'a>(
    found: &mut Vec<(Range<usize>, &'a str)>,
    places: impl IntoIterator<Item = Range<usize>>,
    what: &'a str,
) {
    for place in places {
        if !place.is_empty() && found.iter().all(|(other, _)| !overlap(&place, other)) {
            found.push((place, what));
        }
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Letters, digits and the marks that stand on letters.
fn is_in_word(letter: char) -> bool {
    letter.is_alphanumeric() || ('\u{300}'..='\u{36F}').contains(&letter)
}

/// Letters of scripts that write words without spaces.
fn is_unparted(letter: char) -> bool {
    ('\u{2E80}'..='\u{D7FF}').contains(&letter) || letter >= '\u{20000}'
}

/// Where the words of a text are.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    runs_of(text, is_in_word)
}

/// Where runs of such letters are.
fn runs_of(text: &str, belongs: impl Fn(char) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(&belongs)?;
        let length = text[start..].find(|letter| !belongs(letter));
        from = length.map_or(text.len(), |length| start + length);
        Some(start..from)
    })
}

/// Links: `https://…`, `www.…`, and a host with a path.
fn links(text: &str) -> Vec<Range<usize>> {
    let chunks = runs_of(text, |letter| {
        !letter.is_whitespace() && !"<>\"“”(){}[]|".contains(letter)
    });
    let link = |place: Range<usize>| {
        let chunk = &text[place.clone()];
        let host = chunk.split('/').next().unwrap_or_default();
        let has_host = host.rsplit_once('.').is_some_and(|(name, end)| {
            let is_end = end.len() > 1 && end.chars().all(|letter| letter.is_ascii_alphabetic());
            is_end && name.chars().last().is_some_and(char::is_alphanumeric)
        });
        let is_link = chunk.contains("://")
            || chunk.to_ascii_lowercase().starts_with("www.")
            || (has_host && chunk.contains('/'));
        let end = place.start
            + chunk
                .trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '’', '…'])
                .len();
        is_link.then_some(place.start..end)
    };
    chunks.filter_map(link).collect()
}

/// What stands around an `@`: an address, or a mention of somebody.
fn address(text: &str, at: usize) -> (Option<Range<usize>>, &'static str) {
    let belongs = |letter: char| is_in_word(letter) || "._%+-".contains(letter);
    let before = text[..at].trim_end_matches(belongs).len();
    let rest = &text[at + 1..];
    let after = rest.len() - rest.trim_start_matches(belongs).len();
    let after = rest[..after]
        .trim_end_matches(['.', '-', '_', '%', '+'])
        .len();
    let place = (after > 0).then_some(before..at + 1 + after);
    (place, if before < at { ADDRESS } else { NAME })
}

/// Tickets: `PAY-123`, `#123`.
fn tickets(text: &str) -> Vec<Range<usize>> {
    let is_number = |word: &str| word.chars().all(|digit| digit.is_ascii_digit());
    let is_project = |word: &str| {
        let is_code = word
            .chars()
            .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
        is_code && word.len() > 1 && !is_number(word) && !STANDARDS.contains(&word)
    };
    let words: Vec<Range<usize>> = words(text).collect();
    let hashes = words
        .iter()
        .filter(|word| is_number(&text[(*word).clone()]) && text[..word.start].ends_with('#'));
    let keys = words.windows(2).filter(|pair| {
        let (project, number) = (&text[pair[0].clone()], &text[pair[1].clone()]);
        is_project(project) && is_number(number) && &text[pair[0].end..pair[1].start] == "-"
    });
    let hashes = hashes.map(|word| word.start - 1..word.end);
    keys.map(|pair| pair[0].start..pair[1].end)
        .chain(hashes)
        .collect()
}

/// Lower case without accents: `muller` for `Müller`.
pub(super) fn plain(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    for letter in word.chars().flat_map(char::to_lowercase) {
        match letter {
            'à'..='å' | 'ā' | 'ă' | 'ą' => plain.push('a'),
            'ç' | 'ć' | 'č' | 'ċ' => plain.push('c'),
            'ď' | 'đ' | 'ð' => plain.push('d'),
            'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => plain.push('e'),
            'ğ' | 'ģ' => plain.push('g'),
            'ì'..='ï' | 'ī' | 'į' | 'ı' => plain.push('i'),
            'ķ' => plain.push('k'),
            'ĺ' | 'ļ' | 'ľ' | 'ł' => plain.push('l'),
            'ñ' | 'ń' | 'ņ' | 'ň' => plain.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => plain.push('o'),
            'ŕ' | 'ř' => plain.push('r'),
            'ś' | 'ş' | 'š' | 'ș' => plain.push('s'),
            'ţ' | 'ť' | 'ț' => plain.push('t'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ų' => plain.push('u'),
            'ý' | 'ÿ' => plain.push('y'),
            'ź' | 'ż' | 'ž' => plain.push('z'),
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            '\u{300}'..='\u{36F}' => {}
            other => plain.push(other),
        }
    }
    plain
}

/// Lower case with letters spelled out as in German and the Nordic languages: `mueller` for
/// `Müller`.
fn spelled_out(word: &str) -> String {
    let spelled: String = word
        .chars()
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'ä' | 'æ' => "ae".to_owned(),
            'ö' | 'ø' => "oe".to_owned(),
            'ü' => "ue".to_owned(),
            'å' => "aa".to_owned(),
            other => other.to_string(),
        })
        .collect();
    plain(&spelled)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scrubber() -> Scrubber {
        let names = [
            "Ada Stern",
            "Will Rose",
            "Jürgen Müller",
            "Zoë van Dijk",
            "田中 太郎",
            "Ng T",
            "Mary-Jane O'Neil",
        ];
        let logins = ["ada.stern", "wrose", "jm42", "zoe-v-d", "dev"];
        Scrubber::new(&Identifying {
            names: names.map(str::to_owned).to_vec(),
            logins: logins.map(str::to_owned).to_vec(),
        })
    }

    #[track_caller]
    fn becomes(text: &str, expected: &str) {
        assert_eq!(scrubber().scrub(text), expected);
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        becomes("Ada Stern knows.", "[name] knows.");
        becomes("ask ADA, or Stern's team", "ask [name], or [name]'s team");
        becomes(
            "ada_stern / AdaStern / Stern, Ada",
            "[name] / [name] / [name], [name]",
        );
        becomes("mueller, muller and MÜLLER", "[name], [name] and [name]");
        becomes("Zoe van Dijk and Ju\u{308}rgen", "[name] and [name]");
        becomes("田中さんに聞く", "[name]さんに聞く");
        becomes(
            "Mary-Jane or o'neil, and Ng",
            "[name] or [name], and [name]",
        );
        becomes(
            "wrose wrote jm42's and zoe-v-d's",
            "[name] wrote [name]'s and [name]'s",
        );
    }

    #[test]
    fn english_words_stay_unless_they_are_capitalized() {
        becomes("it will take a van; a rose", "it will take a van; a rose");
        becomes(
            "then Will took the Rose path",
            "then [name] took the [name] path",
        );
        becomes("will rose knows", "[name] knows");
        becomes(
            "a dev build, adamant, sterns",
            "a dev build, adamant, sterns",
        );
        becomes("t is a letter", "t is a letter");
    }

    #[test]
    fn addresses_links_tickets_and_mentions_are_found() {
        becomes(
            "mail ada.stern@example.org, or a@b.",
            "mail [address], or [address].",
        );
        becomes("cc @nobody-known and (@wrose).", "cc [name] and ([name]).");
        becomes(
            "see https://wiki.example/ada?x=1, and www.example.org.",
            "see [link], and [link].",
        );
        becomes("<http://x.y/z> wiki.example/page", "<[link]> [link]");
        becomes(
            "PAY-123, QA2-7-fix and #42 over UTF-8",
            "[ticket], [ticket]-fix and [ticket] over UTF-8",
        );
        becomes(
            "either and/or e.g. v1.2/3, C#",
            "either and/or e.g. v1.2/3, C#",
        );
    }

    #[test]
    fn a_text_without_any_stays_as_it_is() {
        for text in [
            "",
            " ",
            "@",
            "a @ b",
            "Builds wait 20 min – every day!",
            "\u{301}",
            "…\n🙂",
        ] {
            becomes(text, text);
        }
    }

    /// Names that are no English words, in letters of several scripts.
    fn part() -> impl Strategy<Value = String> {
        "[A-ZÄÖÜŁ][a-zäöüßéñçł]{3,9}q"
    }

    proptest! {
        #[test]
        fn nothing_of_the_directory_survives(
            people in proptest::collection::vec((part(), part(), "[a-z]{2,5}[0-9]{2,4}"), 1..6),
            pieces in proptest::collection::vec((0usize..6, 0usize..10, "[ ,.;:!?()/\n'-]{1,4}|, and the ", "[a-z]{1,8}"), 0..30)
        ) {
            let names = people.iter().map(|(first, last, _)| format!("{first} {last}")).collect();
            let logins = people.iter().map(|(.., login)| login.clone()).collect();
            let scrubber = Scrubber::new(&Identifying { names, logins });
            let mut text = String::new();
            for (who, how, between, filler) in &pieces {
                let (first, last, login) = &people[who % people.len()];
                text += &match how {
                    0 => format!("{first} {last}"),
                    1 => first.to_uppercase(),
                    2 => last.to_lowercase(),
                    3 => format!("{first}.{last}@example.org"),
                    4 => format!("https://example.org/{login}"),
                    5 => format!("@{login}"),
                    6 => login.to_uppercase(),
                    7 => format!("{last}, {first}"),
                    8 => format!("QX-{who}{how}"),
                    _ => filler.clone(),
                };
                text += between;
                text += " ";
            }
            let scrubbed = scrubber.scrub(&text);
            prop_assert!(!scrubbed.contains('@') && !scrubbed.contains("://") && !scrubbed.contains("QX-"), "{scrubbed}");
            let left: Vec<String> = words(&scrubbed).map(|place| plain(&scrubbed[place])).collect();
            for name in people.iter().flat_map(|(first, last, login)| [first, last, login]) {
                prop_assert!(!left.contains(&plain(name)), "{name} in {scrubbed}");
            }
            prop_assert_eq!(scrubber.scrub(&scrubbed), scrubbed.clone());
        }

        #[test]
        fn any_text_is_borne(text in "\\PC{0,60}", other in "[@#:/.A-Z0-9 -]{0,40}") {
            scrubber().scrub(&text);
            scrubber().scrub(&other);
        }
    }
}
