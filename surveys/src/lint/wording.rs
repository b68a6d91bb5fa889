//! What makes a question hard to answer. All of it warns only: words are for people to judge.

use super::Linter;
use crate::survey::Item;

/// The most words that are read in four seconds, at four words a second (Brysbaert 2019: 238 words
/// a minute).
const MOST_WORDS: usize = 16;
/// Words that turn agreement around: people overlook them, and disagreeing with them takes a double
/// negation.
const NEGATIONS: [&str; 7] = ["not", "never", "no", "none", "nobody", "nothing", "cannot"];

pub(super) fn check(linter: &mut Linter, path: &str, item: &Item) {
    let words: Vec<String> = words(&item.text).collect();
    if words.len() > MOST_WORDS {
        let message = format!("{} words take more than four seconds to read", words.len());
        linter.warning(
            path,
            "long-text",
            message,
            format!("say it in {MOST_WORDS} words or fewer"),
        );
    }
    let questions = item.text.matches('?').count();
    if questions > 1 {
        linter.warning(
            path,
            "double-question",
            "this asks several questions at once",
            "ask one, or make two items",
        );
    }
    if !item.kind.is_rating() {
        return;
    }
    if words.iter().any(|word| word == "and") {
        let message = "\"and\" asks for two things, and a rating answers only one";
        linter.warning(
            path,
            "double-question",
            message,
            "keep the more important one",
        );
    }
    if questions == 1 {
        let message = "a rating is a statement that people agree with, not a question";
        linter.warning(
            path,
            "rating-question",
            message,
            "begin with \"I\" or \"My\" and end with a full stop",
        );
    }
    let is_negation = |word: &&String| NEGATIONS.contains(&word.as_str()) || word.ends_with("n't");
    if let Some(word) = words.iter().find(is_negation) {
        let message = format!("\"{word}\" makes it hard to say what agreement means");
        linter.warning(
            path,
            "negation",
            message,
            "say it positively, with agreement as the good end",
        );
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let bare = |word: &str| {
        word.trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase()
            .replace('’', "'")
    };
    text.split_whitespace()
        .map(bare)
        .filter(|word| !word.is_empty())
}
