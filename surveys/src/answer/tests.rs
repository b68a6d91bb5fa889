use proptest::prelude::*;

use super::*;
use crate::{
    builtin,
    survey::{Band, Choice},
};

/// The built-in survey with one item of every other kind in its first pillar.
fn survey() -> Survey {
    let mut survey = builtin::devex_25().clone();
    let band = |id: &str, label: &str, value| Band {
        id: id.to_owned(),
        label: label.to_owned(),
        value,
    };
    let option = |id: &str, label: &str| Choice {
        id: id.to_owned(),
        label: label.to_owned(),
    };
    let bands = vec![
        band("rarely", "Rarely", 1.0),
        band("weekly", "Every week", 4.0),
    ];
    let options = vec![
        option("morning", "In the morning"),
        option("evening", "In the evening"),
    ];
    let kinds = [
        ("restarts", Kind::Frequency { bands }),
        ("best-time", Kind::Choice { options }),
        ("wish", Kind::Text { longest: 20 }),
    ];
    let items = kinds.map(|(id, kind)| Item {
        id: id.to_owned(),
        text: "Tell us.".to_owned(),
        kind,
        same_as: Vec::new(),
    });
    survey.dimensions[0].pillars[0].items.extend(items);
    survey
}

fn read(item: &str, raw: &str) -> Result<Option<Answer>, AnswerError> {
    let survey = survey();
    Answer::read(&survey, &survey.item(item).unwrap(), raw)
}

#[test]
fn cells_and_fields_are_read_alike() {
    let picks =
        |pillars: &[&str]| Answer::Priorities(pillars.iter().map(ToString::to_string).collect());
    let choice = |id: &str| Answer::Choice(id.to_owned());
    let accepted = [
        ("test-feedback", " 4 ", Answer::Rating(4)),
        ("test-feedback", "strongly AGREE", Answer::Rating(5)),
        ("test-feedback", "NA", Answer::DoesNotApply),
        (
            "test-feedback",
            "Does not apply to me",
            Answer::DoesNotApply,
        ),
        ("restarts", "weekly", choice("weekly")),
        ("restarts", "every week", choice("weekly")),
        ("best-time", "In the evening", choice("evening")),
        (
            "priorities",
            "test-feedback;Code review ; ",
            picks(&["test-feedback", "code-review"]),
        ),
        ("hours:code-review", "2,5", Answer::Hours(2.5)),
        ("hours:code-review", "2.3333333", Answer::Hours(2.33)),
        ("hours:code-review", "40", Answer::Hours(40.0)),
        (
            "comment:code-review",
            " one\r\ntwo\u{7} ",
            Answer::Text("one\ntwo".to_owned()),
        ),
        ("comment", "na", Answer::Text("na".to_owned())),
    ];
    for (item, raw, answer) in accepted {
        assert_eq!(read(item, raw), Ok(Some(answer)), "{item}: {raw}");
    }
    for item in [
        "test-feedback",
        "restarts",
        "priorities",
        "hours:code-review",
        "comment",
    ] {
        assert_eq!(read(item, " \t"), Ok(None), "{item}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_what_was_expected() {
    let long = "x".repeat(2_001);
    let refused = [
        ("test-feedback", "0"),
        ("test-feedback", "6"),
        ("test-feedback", "-1"),
        ("test-feedback", "4.5"),
        ("test-feedback", "perhaps\u{1b}[31m"),
        ("test-feedback", long.as_str()),
        ("restarts", "daily"),
        ("best-time", "noon"),
        ("priorities", "test-feedback;autonomous"),
        ("priorities", "code-review;Code review"),
        ("priorities", "code-review;autonomy;learning;recognition"),
        ("hours:code-review", "41"),
        ("hours:code-review", "-1"),
        ("hours:code-review", "inf"),
        ("hours:code-review", "NaN"),
        ("hours:code-review", "1e1"),
        ("hours:code-review", "two"),
        ("wish", "more than twenty characters"),
        ("comment", long.as_str()),
    ];
    let messages = refused.map(|(item, raw)| read(item, raw).unwrap_err().to_string());
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_form_is_read_as_a_whole() {
    let fields = [
        ("test-feedback", "4"),
        ("code-review", "2"),
        ("code-review", "na"),
        ("autonomy", "na"),
        ("autonomy", "3"),
        ("learning", "9"),
        ("priorities", "code-review"),
        ("priorities", "autonomy"),
        ("hours:code-review", "3"),
        ("hours:learning", "3"),
        ("salary", "5"),
    ];
    let (answers, errors) = Answers::read(&survey(), fields);
    insta::assert_json_snapshot!(answers);
    let named: Vec<&str> = errors.iter().map(|error| error.item.as_str()).collect();
    assert_eq!(named, ["learning", "salary", "hours:learning"]);
    assert_eq!(answers.priorities(), ["code-review", "autonomy"]);
    assert_eq!(
        (
            answers.rating("test-feedback"),
            answers.rating("code-review")
        ),
        (Some(4), None)
    );
}

#[test]
fn stored_answers_of_the_wrong_kind_are_refused() {
    let json = r#"{
        "test-feedback": 7, "code-review": "sometimes", "autonomy": {"hours": 3}, "restarts": 3, "best-time": ["morning"],
        "wish": "morning", "priorities": 2, "hours:learning": 3, "hours:recognition": {"hours": 2}, "comment": 5, "ghost": 1
    }"#;
    let answers: Answers = serde_json::from_str(json).unwrap();
    let errors = answers.validate(&survey()).unwrap_err();
    insta::assert_snapshot!(
        errors
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    );
    assert!(serde_json::from_str::<Answers>(r#"{"test-feedback": null}"#).is_err());
    assert!(serde_json::from_str::<Answers>(r#"{"test-feedback": -1}"#).is_err());
}

#[test]
fn own_words_never_appear_in_an_error() {
    let secret = "my manager is the problem";
    let survey = survey();
    let answers: Answers = [("test-feedback".to_owned(), Answer::Text(secret.to_owned()))]
        .into_iter()
        .collect();
    let stored = answers.validate(&survey).unwrap_err();
    let read = read("comment", &secret.repeat(100)).unwrap_err();
    assert!(!format!("{stored:?}{read:?}").contains("manager"));
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let pillar = prop::sample::select(vec![
        "autonomy",
        "learning",
        "recognition",
        "code-review",
        "ghost",
    ]);
    prop_oneof![
        any::<u8>().prop_map(Answer::Rating),
        Just(Answer::DoesNotApply),
        "[a-z]{1,8}"
            .prop_filter("reserved", |id| id != DOES_NOT_APPLY)
            .prop_map(Answer::Choice),
        prop::collection::vec(pillar.prop_map(str::to_owned), 0..5).prop_map(Answer::Priorities),
        (-1_000i32..6_000).prop_map(|hundredths| Answer::Hours(f64::from(hundredths) / 100.0)),
        ".{0,30}".prop_map(Answer::Text),
    ]
}

fn any_item() -> impl Strategy<Value = String> {
    let ids = [
        "test-feedback",
        "productive",
        "restarts",
        "best-time",
        "wish",
        "priorities",
        "hours:autonomy",
        "comment",
        "x",
    ];
    prop::sample::select(ids.map(str::to_owned).to_vec())
}

proptest! {
    #[test]
    fn answers_survive_their_json(answers in prop::collection::btree_map(any_item(), any_answer(), 0..8)) {
        let answers: Answers = answers.into_iter().collect();
        let json = serde_json::to_string(&answers).unwrap();
        prop_assert_eq!(serde_json::from_str::<Answers>(&json).unwrap(), answers);
    }

    /// What reading accepts, validation accepts; what is accepted is written and read back the
    /// same.
    #[test]
    fn reading_and_validating_agree(item in any_item(), raw in "[0-9.,;a-z -]{0,24}|.{0,24}") {
        let survey = survey();
        let (answers, errors) = Answers::read(&survey, [(item.as_str(), raw.as_str())]);
        if errors.is_empty() {
            prop_assert_eq!(answers.validate(&survey), Ok(()));
        }
        prop_assert!(answers.len() <= 1);
    }

    #[test]
    fn only_ratings_from_one_to_five_are_stored(rating in any::<u8>()) {
        let answers: Answers = [("test-feedback".to_owned(), Answer::Rating(rating))].into_iter().collect();
        prop_assert_eq!(answers.validate(&survey()).is_ok(), (1..=5).contains(&rating));
    }

    #[test]
    fn any_stored_answers_are_judged_without_panic(answers in prop::collection::btree_map(any_item(), any_answer(), 0..8)) {
        let answers: Answers = answers.into_iter().collect();
        let _ = answers.validate(&survey());
    }
}
