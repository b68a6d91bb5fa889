//! What is said about the drivers: each sentence once, with the outcomes that it is about.

/// What is said about outcomes, of which several often have the same said of them.
#[derive(Default)]
pub struct Said {
    /// The beginning (`Impact`), what is said, and the names of the outcomes.
    sentences: Vec<(String, String, Vec<String>)>,
}

impl Said {
    fn add(&mut self, outcome: &str, start: &str, text: String) {
        let same = |own: &&mut (String, String, Vec<String>)| own.0 == start && own.1 == text;
        let name = format!("“{outcome}”");
        match self.sentences.iter_mut().find(same) {
            Some((_, _, names)) => names.push(name),
            None => self.sentences.push((start.to_owned(), text, vec![name])),
        }
    }

    pub fn of(&mut self, outcome: &str, text: String) {
        self.add(outcome, "Impact", format!(": {text}"));
    }

    pub fn not_shown(&mut self, outcome: &str, reason: String) {
        self.add(outcome, "Impact", format!(" is not shown: {reason}."));
    }

    pub fn not_shown_of(&mut self, outcome: &str, pillars: &str, reason: impl ToString) {
        let text = format!(" is not shown: {}.", reason.to_string());
        self.add(outcome, &format!("Impact of {pillars}"), text);
    }

    /// The sentences; the outcomes are named where it is not all of them.
    pub fn notes(self, outcomes: usize) -> impl Iterator<Item = String> {
        self.sentences.into_iter().map(move |(start, text, names)| {
            match names.len() < outcomes || (outcomes == 1 && start == "Impact") {
                true => format!("{start} on {}{text}", names.join(", ")),
                false => format!("{start}{text}"),
            }
        })
    }
}
