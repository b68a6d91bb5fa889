//! Comments as words: which of them carry meaning, and how much each counts (TF-IDF).

use std::collections::{BTreeMap, HashSet};

use super::scrub::plain;

/// Words that every English text is full of.
const STOP_WORDS: &str = "a about above after again all almost already also always am an and any \
                          anything are aren around as at away back be because been before being \
                          below between both but by can cannot could couldn did didn do does doesn \
                          doing don done down during each either else enough etc even ever every \
                          everything feel few for from further get gets getting go goes going good \
                          got great had has hasn have having he hence her here hers him his how \
                          however i if in into is isn it its itself just keep kind know lack less \
                          let like lot lots made make makes many may maybe me might more most much \
                          must my need needs never no not nothing now of off often on once one \
                          only or other others our out over own people per please quite rather \
                          really right same say see seem seems several she should shouldn since so \
                          some somebody someone something sometimes soon sort still such sure take \
                          takes team teams than thank thanks that the their them then there these \
                          they thing things think this those though through time times to too \
                          under until up upon us use used using usually very want was wasn way we \
                          well were weren what when where whether which while who whole whom why \
                          will with within without won work working works would wouldn yes yet you \
                          your address link name ticket";

/// Words in fewer comments than this say nothing about what comments have in common.
const LEAST_COMMENTS: usize = 2;
/// Words in more than this share of the comments do not tell them apart.
const MOST_COMMENTS: f64 = 0.6;

/// Comments by the words that they are made of.
pub struct Terms {
    /// The words as most often written, by number.
    pub words: Vec<String>,
    /// Of each comment, the words and how often they stand there, by number.
    pub counts: Vec<Vec<(usize, f64)>>,
}

impl Terms {
    /// Cuts the comments into words. What remains are the words that at least two and not nearly
    /// all comments have.
    pub fn new(texts: &[&str]) -> Self {
        let stop: HashSet<&str> = STOP_WORDS.split_whitespace().collect();
        let split: Vec<Vec<(String, String)>> =
            texts.iter().map(|text| stems(text, &stop)).collect();
        // By stem: comments that have it, and how often it is written in which way.
        let mut found: BTreeMap<&str, (usize, BTreeMap<&str, usize>)> = BTreeMap::new();
        for comment in &split {
            let mut seen = HashSet::new();
            for (stem, written) in comment {
                let entry = found.entry(stem).or_default();
                entry.0 += usize::from(seen.insert(stem));
                *entry.1.entry(written).or_default() += 1;
            }
        }
        let most = (MOST_COMMENTS * texts.len() as f64).max(LEAST_COMMENTS as f64) as usize;
        found.retain(|_, (comments, _)| (LEAST_COMMENTS..=most).contains(comments));
        let number: BTreeMap<&str, usize> = found.keys().copied().zip(0..).collect();
        let count = |comment: &Vec<(String, String)>| {
            let mut counts: BTreeMap<usize, f64> = BTreeMap::new();
            for number in comment
                .iter()
                .filter_map(|(stem, _)| number.get(stem.as_str()))
            {
                *counts.entry(*number).or_default() += 1.0;
            }
            counts.into_iter().collect()
        };
        let usual = |(_, ways): &(usize, BTreeMap<&str, usize>)| {
            let most = ways.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
            most.map_or_else(String::new, |(way, _)| (*way).to_owned())
        };
        Self {
            counts: split.iter().map(count).collect(),
            words: found.values().map(usual).collect(),
        }
    }

    /// Each comment's words by frequency times log(comments / comments with the word), to length
    /// one.
    pub fn tf_idf(&self) -> Vec<Vec<(usize, f64)>> {
        let mut with = vec![0.0; self.words.len()];
        for (word, _) in self.counts.iter().flatten() {
            with[*word] += 1.0;
        }
        let comments = self.counts.len() as f64;
        let weigh = |counts: &Vec<(usize, f64)>| {
            let weights: Vec<(usize, f64)> = counts
                .iter()
                .map(|(word, count)| (*word, count * (comments / with[*word]).ln()))
                .collect();
            let length = weights
                .iter()
                .map(|(_, weight)| weight * weight)
                .sum::<f64>()
                .sqrt();
            weights
                .into_iter()
                .map(|(word, weight)| (word, weight / length.max(f64::MIN_POSITIVE)))
                .collect()
        };
        self.counts.iter().map(weigh).collect()
    }
}

/// The words of a text that carry meaning, each by its stem and as it is written.
fn stems(text: &str, stop: &HashSet<&str>) -> Vec<(String, String)> {
    let words = text
        .split(|letter: char| !letter.is_alphanumeric())
        .map(plain);
    words
        .filter(|word| {
            word.chars().count() > 2
                && !stop.contains(word.as_str())
                && !word.chars().all(|letter| letter.is_ascii_digit())
        })
        .map(|word| (stem(&word), word))
        .collect()
}

/// A word without the ending that makes no difference here: `reviews`, `reviewed` and `reviewing`
/// are one.
fn stem(word: &str) -> String {
    let long = |stem: &&str| stem.chars().count() >= 4;
    let cut = |end: &str| word.strip_suffix(end).filter(long);
    if let Some(stem) = word
        .strip_suffix("ies")
        .filter(|stem| stem.chars().count() >= 3)
    {
        return format!("{stem}y");
    }
    let is_plural = !word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is");
    let stem = cut("ing").or_else(|| cut("ed")).or_else(|| {
        word.strip_suffix('s')
            .filter(|stem| is_plural && stem.chars().count() >= 3)
    });
    stem.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_by_stem_and_named_as_most_often_written() {
        let terms = Terms::new(&[
            "Reviews wait",
            "the reviews and a review",
            "reviewing builds",
            "builds, again",
            "alone",
        ]);
        assert_eq!(terms.words, ["builds", "reviews"]);
        assert_eq!(
            terms.counts,
            [
                vec![(1, 1.0)],
                vec![(1, 2.0)],
                vec![(0, 1.0), (1, 1.0)],
                vec![(0, 1.0)],
                vec![]
            ]
        );
        let weights = terms.tf_idf();
        assert!((weights[2][0].1.powi(2) + weights[2][1].1.powi(2) - 1.0).abs() < 1e-12);
        assert!(
            weights[2][0].1 > weights[2][1].1,
            "the rarer word weighs more"
        );
    }

    #[test]
    fn nothing_in_common_is_nothing() {
        assert!(Terms::new(&[]).words.is_empty());
        let terms = Terms::new(&["alpha", "", "42 [name] the"]);
        assert!(terms.words.is_empty() && terms.tf_idf().iter().all(Vec::is_empty));
    }

    #[test]
    fn endings_are_cut_where_a_word_remains() {
        let stems = [
            "queries", "process", "builds", "testing", "bring", "status", "deployed",
        ]
        .map(stem);
        assert_eq!(
            stems,
            [
                "query", "process", "build", "test", "bring", "status", "deploy"
            ]
        );
    }
}
