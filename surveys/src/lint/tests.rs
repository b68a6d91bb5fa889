use super::*;

/// A small survey without a flaw; the examples below break one thing each.
const GOOD: &str = "\
id: pulse
title: Pulse
introduction: A few questions.
minutes: 2
scale:
  labels: [Strongly disagree, Disagree, Neutral, Agree, Strongly agree]
  does_not_apply: Does not apply to me
dimensions:
  - id: flow
    name: Flow
    pillars:
      - id: deep-work
        name: Deep work
        items:
          - id: deep-work
            text: I have enough undisturbed time.
          - id: meeting-days
            text: How often do meetings break up your day?
            kind:
              frequency:
                bands:
                  - {id: rarely, label: Rarely, value: 1}
                  - {id: weekly, label: Every week, value: 4}
          - id: best-time
            text: When do you work best?
            kind:
              choice:
                options:
                  - {id: morning, label: In the morning}
                  - {id: evening, label: In the evening}
          - id: wish
            text: What would you change?
            kind:
              text: {longest: 500}
      - id: autonomy
        name: Autonomy
        items:
          - id: autonomy
            text: I am free to decide how I do my work.
outcomes:
  - id: productive
    text: I can get my work done productively.
priorities:
  text: Which areas most need work?
  at_most: 2
  pillars: [deep-work, autonomy]
hours:
  text: How many hours does this cost you in a typical week?
comments:
  pillar: What gets in your way here?
  open: Is there anything else?
";

#[test]
fn former_words_are_other_words() {
    let with = |former: &str| {
        let text = "            text: I am free to decide how I do my work.\n";
        render(&GOOD.replace(text, &format!("{text}            same_as: [{former}]\n")))
    };
    assert_eq!(with("I decide how I work."), "");
    assert!(with("\"\"").contains("[empty-text]"));
    let same = with("I am free to decide how I do my work.");
    assert!(
        same.contains("warning: the former words are the words of now [same-words]"),
        "{same}"
    );
}

fn render(yaml: &str) -> String {
    lint(yaml)
        .findings
        .iter()
        .map(|finding| finding.render("pulse.yaml"))
        .collect()
}

#[test]
fn a_good_survey_has_no_findings() {
    assert_eq!(render(GOOD), "");
}

/// One example a rule: what is replaced in the good survey, and by what.
const EXAMPLES: &[(&str, &str, &str)] = &[
    ("an unknown key", "title: Pulse", "titel: Pulse"),
    ("a missing key", "title: Pulse\n", ""),
    (
        "a missing key deep in the file",
        "    text: I can get my work done productively.\n",
        "",
    ),
    ("a pillar without a name", "        name: Autonomy\n", ""),
    ("a list that is none", "[deep-work, autonomy]", "deep-work"),
    ("a repeated key", "minutes: 2", "minutes: 2\nminutes: 3"),
    ("a wrong type", "minutes: 2", "minutes: soon"),
    ("a number below zero", "minutes: 2", "minutes: -2"),
    ("a short scale", "[Strongly disagree, Disagree, ", "["),
    (
        "an unknown kind",
        "              choice:",
        "              chioce:",
    ),
    ("broken quotes", "title: Pulse", "title: \"Pulse"),
    ("a tab for indentation", "  labels:", "\tlabels:"),
    ("an id with capitals", "id: pulse", "id: Pulse Survey"),
    (
        "a repeated dimension and pillar",
        "  - id: flow\n    name: Flow\n    pillars:\n",
        "  - id: flow\n    name: Flow\n    pillars: [{id: autonomy, name: Own way, items: [{id: own-way, text: I decide.}]}]\n  - id: flow\n    name: Flow\n    pillars:\n",
    ),
    ("a repeated item", "- id: productive", "- id: autonomy"),
    (
        "a repeated pillar name",
        "name: Autonomy",
        "name: Deep work",
    ),
    ("a reserved item id", "- id: wish", "- id: comment"),
    ("a reserved option id", "{id: morning,", "{id: na,"),
    ("a repeated label of the scale", "Neutral", "agree"),
    (
        "a repeated option",
        "{id: evening, label: In the evening}",
        "{id: morning, label: In the morning}",
    ),
    (
        "an empty text",
        "text: I have enough undisturbed time.",
        "text: '  '",
    ),
    (
        "a pillar without a rating",
        "            text: I am free to decide how I do my work.",
        "            text: How do you work?\n            kind: {text: {}}",
    ),
    (
        "a pillar without items",
        "        items:\n          - id: autonomy\n            text: I am free to decide how I do my work.",
        "        items: []",
    ),
    (
        "an outcome that is no rating",
        "    text: I can get my work done productively.",
        "    text: How productive are you?\n    kind: {text: {}}",
    ),
    ("bands out of order", "value: 4}", "value: 1}"),
    ("a band that is no number", "value: 4}", "value: .nan}"),
    (
        "one option",
        "                  - {id: evening, label: In the evening}\n",
        "",
    ),
    ("a text without room", "{longest: 500}", "{longest: 0}"),
    (
        "an unknown pillar among the picks",
        "[deep-work, autonomy]",
        "[deep-work, auto-nomy]",
    ),
    (
        "a pillar offered twice",
        "[deep-work, autonomy]",
        "[deep-work, autonomy, autonomy]",
    ),
    ("more picks than pillars", "at_most: 2", "at_most: 3"),
    (
        "a week that is too long",
        "hours:\n",
        "hours:\n  at_most: 200\n",
    ),
    (
        "hours without picks",
        "priorities:\n  text: Which areas most need work?\n  at_most: 2\n  pillars: [deep-work, autonomy]\n",
        "",
    ),
    ("a wrong promise of minutes", "minutes: 2", "minutes: 12"),
    (
        "a text that takes too long",
        "I have enough undisturbed time.",
        "I have enough undisturbed time in a typical week for the kind of work that needs my full concentration.",
    ),
    (
        "two questions in one",
        "What would you change?",
        "What would you change? Why?",
    ),
    (
        "two statements in one",
        "I have enough undisturbed time.",
        "I have enough undisturbed time and good tools.",
    ),
    (
        "a question to agree with",
        "I have enough undisturbed time.",
        "Do I have enough undisturbed time?",
    ),
    (
        "a negation",
        "I have enough undisturbed time.",
        "I don’t lose time.",
    ),
];

#[test]
fn every_rule_has_an_example() {
    let mut output = String::new();
    for (what, good, bad) in EXAMPLES {
        assert!(
            GOOD.contains(good),
            "{what}: the good survey lacks {good:?}"
        );
        let found = render(&GOOD.replacen(good, bad, 1));
        assert!(!found.is_empty(), "{what}: nothing was found");
        output.push_str(&format!("# {what}\n{found}\n"));
    }
    insta::assert_snapshot!(output);
}

#[test]
fn empty_dimensions_are_found() {
    let start = GOOD.split("dimensions:").next().unwrap_or_default();
    insta::assert_snapshot!(render(&format!("{start}dimensions: []\n")));
    insta::assert_snapshot!(render(&format!(
        "{start}dimensions:\n  - id: flow\n    name: Flow\n    pillars: []\n"
    )));
}

#[test]
fn more_pillars_than_picks_can_hold_are_refused() {
    let pillars = |count: usize| {
        let pillar = |at| {
            format!(
                "      - {{id: p-{at}, name: P {at}, items: [{{id: p-{at}, text: I like it.}}]}}\n"
            )
        };
        let pillars: String = (0..count).map(pillar).collect();
        GOOD.replacen("    pillars:\n", &format!("    pillars:\n{pillars}"), 1)
    };
    assert!(Survey::parse(&pillars(62)).is_ok());
    let refused = Survey::parse(&pillars(64)).unwrap_err();
    insta::assert_snapshot!(refused, @"line 76, column 9: `deep-work` begins a 65th pillar; a survey can have 64 (ask less, or make two surveys)");
}

#[test]
fn what_is_no_survey_at_all_is_said_to_be_none() {
    let found = ["", "just words", "- a\n- list\n", "a: *b\n", "{{{", "\u{0}"]
        .map(|yaml| format!("# {yaml:?}\n{}", render(yaml)));
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn only_errors_refuse_a_survey() {
    let warned = GOOD.replace("I have enough undisturbed time.", "I have time and tools.");
    assert!(Survey::parse(&warned).is_ok());
    let refused =
        Survey::parse(&GOOD.replace("[deep-work, autonomy]", "[deep-work, flow]")).unwrap_err();
    insta::assert_snapshot!(refused, @"line 46, column 24: `flow` is not a pillar of this survey (use the id of a pillar from above)");
}

proptest::proptest! {
    /// Cutting a file anywhere gives findings or a survey, and never a panic.
    #[test]
    fn a_truncated_file_is_survived(length in 0..GOOD.len()) {
        let report = lint(&GOOD[..length]);
        proptest::prop_assert!(report.survey.is_some() || report.has_errors());
    }

    #[test]
    fn any_text_is_survived(text in ".{0,200}") {
        let report = lint(&text);
        proptest::prop_assert!(report.survey.is_some() || report.has_errors());
    }
}
