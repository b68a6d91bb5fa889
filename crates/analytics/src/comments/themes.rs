//! Themes of comments: those of the codebook first, then groups that the words make, each named by
//! the words that set it apart.
//!
//! Groups come from a non-negative factorization of the comments' TF-IDF weights, V ≈ W·H with
//! everything at least zero, by multiplicative updates (Lee and Seung 2001): a row of H is a
//! theme's words, a row of W how much a comment has of each. A name is made of the words of highest
//! class-based TF-IDF (Grootendorst 2022): their frequency in the group times log(1 + words a group
//! / frequency everywhere).

use rand::RngExt;
use tribometer_statistics::random;

use super::codebook::CODEBOOK;
use super::embedding;
use super::scrub::plain;
use super::terms::Terms;

/// Fewer comments are not grouped, and a group of fewer has no name.
const LEAST_COMMENTS: usize = 20;
const LEAST_IN_GROUP: usize = 3;
const MOST_GROUPS: usize = 6;
/// Words in a name.
const WORDS_IN_NAME: usize = 3;
const ITERATIONS: usize = 60;
/// What a denominator is at least.
const LEAST: f64 = 1e-12;

/// Which group each text is in, from 0 on; none for a text that is about nothing in particular.
type Groups = Vec<Option<usize>>;

/// The theme of each text, where it has one. Texts that no known theme has are grouped by their
/// vectors from an embedding model, or else by their words; the groups are named in the same way.
pub fn themes(texts: &[&str], vectors: Option<&[&[f32]]>, seed: u64) -> Vec<Option<String>> {
    let mut themes: Vec<Option<String>> = texts.iter().map(|text| known(text)).collect();
    let rest: Vec<usize> = (0..texts.len())
        .filter(|at| themes[*at].is_none())
        .collect();
    if rest.len() < LEAST_COMMENTS {
        return themes;
    }
    let texts: Vec<&str> = rest.iter().map(|at| texts[*at]).collect();
    let terms = Terms::new(&texts);
    // √(n/5) groups: two for twenty comments, six for two hundred.
    let count = ((texts.len() as f64 / 5.0).sqrt() as usize).clamp(2, MOST_GROUPS);
    let groups = match vectors {
        Some(vectors) => {
            let vectors: Vec<&[f32]> = rest.iter().map(|at| vectors[*at]).collect();
            embedding::group(&vectors, count, seed)
        }
        None => by_words(&terms, count, seed),
    };
    let names = names(&terms, &groups);
    for (at, group) in rest.into_iter().zip(groups) {
        themes[at] = group.and_then(|group| names.get(group)?.clone());
    }
    themes
}

/// The theme of the codebook with the most cues in a text, the first of equals.
fn known(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .map(plain)
        .filter(|word| !word.is_empty())
        .collect();
    let fits = |word: &String, cue: &str| match cue.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => word == cue,
    };
    let has = |cue: &&&str| {
        let cue: Vec<&str> = cue.split(' ').collect();
        words
            .windows(cue.len())
            .any(|words| words.iter().zip(&cue).all(|(word, cue)| fits(word, cue)))
    };
    let mut best: Option<(usize, &str)> = None;
    for known in CODEBOOK {
        let cues = known.cues.iter().filter(has).count();
        if cues > best.map_or(0, |(most, _)| most) {
            best = Some((cues, known.theme));
        }
    }
    best.map(|(_, theme)| theme.to_owned())
}

/// A name for each group that is large enough.
fn names(terms: &Terms, groups: &[Option<usize>]) -> Vec<Option<String>> {
    let count = groups.iter().flatten().max().map_or(0, |last| last + 1);
    let mut sizes = vec![0; count];
    let mut frequencies = vec![vec![0.0; terms.words.len()]; count];
    for (group, counts) in groups
        .iter()
        .zip(&terms.counts)
        .filter_map(|(group, counts)| Some(((*group)?, counts)))
    {
        sizes[group] += 1;
        counts
            .iter()
            .for_each(|(word, count)| frequencies[group][*word] += count);
    }
    let everywhere: Vec<f64> = (0..terms.words.len())
        .map(|word| frequencies.iter().map(|own| own[word]).sum())
        .collect();
    let words_a_group = everywhere.iter().sum::<f64>() / count.max(1) as f64;
    let name = |(own, size): (&Vec<f64>, usize)| {
        let weight =
            |word: usize| own[word] * (1.0 + words_a_group / everywhere[word].max(LEAST)).ln();
        let mut words: Vec<usize> = (0..own.len()).filter(|word| own[*word] > 0.0).collect();
        words.sort_by(|a, b| weight(*b).total_cmp(&weight(*a)).then(a.cmp(b)));
        let words: Vec<&str> = words
            .iter()
            .take(WORDS_IN_NAME)
            .map(|word| terms.words[*word].as_str())
            .collect();
        (size >= LEAST_IN_GROUP && !words.is_empty()).then(|| words.join(", "))
    };
    frequencies.iter().zip(sizes).map(name).collect()
}

/// By non-negative matrix factorization, without a model.
fn by_words(terms: &Terms, groups: usize, seed: u64) -> Groups {
    let weights = factor(&terms.tf_idf(), terms.words.len(), groups, seed);
    let strongest = |row: &[f64]| {
        let most = row
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
        most.filter(|(_, weight)| **weight > LEAST)
            .map(|(group, _)| group)
    };
    let rows = weights.chunks_exact(groups).zip(&terms.counts);
    rows.map(|(row, counts)| strongest(row).filter(|_| !counts.is_empty()))
        .collect()
}

/// W of V ≈ W·H, `groups` numbers a comment, with each row of H scaled to length one so that the
/// numbers of a comment can be compared.
fn factor(rows: &[Vec<(usize, f64)>], words: usize, groups: usize, seed: u64) -> Vec<f64> {
    let mut random = random::stream(seed, random::Stream::Themes, 0);
    let mut start =
        |length: usize| -> Vec<f64> { (0..length).map(|_| 0.1 + random.random::<f64>()).collect() };
    // H lies word after word, so that a comment's few words are all that is read.
    let (mut w, mut h) = (start(rows.len() * groups), start(words * groups));
    for _ in 0..ITERATIONS {
        let inner = inner_products(&h, groups);
        for (row, own) in rows.iter().zip(w.chunks_exact_mut(groups)) {
            let mut above = vec![0.0; groups];
            for (word, value) in row {
                add(&mut above, &h[word * groups..][..groups], *value);
            }
            update(own, &above, &inner);
        }
        let inner = inner_products(&w, groups);
        let mut above = vec![0.0; words * groups];
        for (row, own) in rows.iter().zip(w.chunks_exact(groups)) {
            for (word, value) in row {
                add(&mut above[word * groups..][..groups], own, *value);
            }
        }
        for (own, above) in h.chunks_exact_mut(groups).zip(above.chunks_exact(groups)) {
            update(own, above, &inner);
        }
    }
    let lengths = inner_products(&h, groups);
    for own in w.chunks_exact_mut(groups) {
        own.iter_mut()
            .enumerate()
            .for_each(|(group, weight)| *weight *= lengths[group * groups + group].sqrt());
    }
    w
}

fn add(sum: &mut [f64], values: &[f64], times: f64) {
    sum.iter_mut()
        .zip(values)
        .for_each(|(sum, value)| *sum += times * value);
}

/// One multiplicative update: times what the data ask for, over what the factors give.
fn update(own: &mut [f64], above: &[f64], inner: &[f64]) {
    let groups = own.len();
    let below: Vec<f64> = (0..groups)
        .map(|group| {
            inner[group * groups..][..groups]
                .iter()
                .zip(&*own)
                .map(|(a, b)| a * b)
                .sum()
        })
        .collect();
    for ((own, above), below) in own.iter_mut().zip(above).zip(below) {
        *own *= above / below.max(LEAST);
    }
}

/// The products of the groups' columns with each other.
fn inner_products(rows: &[f64], groups: usize) -> Vec<f64> {
    let mut inner = vec![0.0; groups * groups];
    for row in rows.chunks_exact(groups) {
        for (at, value) in row.iter().enumerate() {
            add(&mut inner[at * groups..][..groups], row, *value);
        }
    }
    inner
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Comments about two things that are in no codebook.
    fn two_things() -> Vec<String> {
        let lunch = [
            "canteen lunch queue",
            "the lunch queue is long",
            "canteen food",
            "queue at the canteen",
            "lunch food",
        ];
        let chairs = [
            "broken chair",
            "chair and desk height",
            "my desk squeaks",
            "squeaks of the chair",
            "desk height broken",
        ];
        lunch
            .iter()
            .chain(&chairs)
            .cycle()
            .take(40)
            .map(|text| (*text).to_owned())
            .collect()
    }

    #[test]
    fn different_things_become_different_themes() {
        let texts = two_things();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let found = themes(&texts, None, 1);
        assert_eq!(found, themes(&texts, None, 1));
        let of = |text: &str| {
            let at = texts.iter().position(|other| *other == text).unwrap();
            found[at].clone().unwrap()
        };
        let (lunch, chair) = (of("canteen lunch queue"), of("chair and desk height"));
        assert!(
            ["canteen", "lunch", "queue", "food"]
                .iter()
                .any(|word| lunch.contains(word)),
            "{lunch}"
        );
        assert!(
            ["chair", "desk", "height"]
                .iter()
                .any(|word| chair.contains(word)),
            "{chair}"
        );
        assert_ne!(lunch, chair);
    }

    #[test]
    fn the_codebook_goes_first() {
        let found = themes(
            &[
                "Flaky tests, and I rerun them",
                "reviews wait for days",
                "nothing of it",
            ],
            None,
            1,
        );
        assert_eq!(
            found,
            [
                Some("Flaky tests".to_owned()),
                Some("Waiting for reviews".to_owned()),
                None
            ]
        );
    }

    #[test]
    fn vectors_sort_where_there_are_any() {
        // Two directions, by length: what no word tells.
        let texts = two_things();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let short = |text: &str| text.len() <= 12;
        let vector = |text: &&str| if short(text) { [1.0, 0.1] } else { [0.1, 1.0] };
        let vectors: Vec<[f32; 2]> = texts.iter().map(vector).collect();
        let vectors: Vec<&[f32]> = vectors.iter().map(<[f32; 2]>::as_slice).collect();
        let found = themes(&texts, Some(&vectors), 1);
        for (at, text) in texts.iter().enumerate() {
            let same = texts.iter().position(|other| short(other) == short(text));
            assert_eq!(found[at], found[same.unwrap()], "{text}");
        }
        assert_ne!(found[0], found[2]);
    }

    #[test]
    fn comments_without_words_in_common_have_no_theme() {
        let texts: Vec<String> = (0..30).map(|at| format!("xq{at}z")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert!(themes(&texts, None, 1).iter().all(Option::is_none));
        assert!(themes(&[], None, 1).is_empty());
    }

    proptest! {
        #[test]
        fn any_texts_are_borne(texts in proptest::collection::vec("[a-d ]{0,12}", 0..60)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            prop_assert_eq!(themes(&texts, None, 1).len(), texts.len());
        }
    }
}
