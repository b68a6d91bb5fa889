//! What holds in every language: each fact makes a sentence.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use tribometer_findings::{
    Aggregate, Basis, Better, Counted, Helped, ImpactFact, MetricsLeftOut, Named, NoImpact,
    NotComparable, NotCompared, OutcomeLeftOut, PillarNotShown, RatingsMoved, Refusal,
    TargetReached, Unknown, Verdict, WithinTeams,
};

use super::*;

const LANGUAGES: [Language; 1] = [Language::English];

/// Some names, and a number each.
fn named(of: &[(String, u32)]) -> Vec<Named> {
    let named = of.iter().map(|(name, _)| Named {
        id: name.to_lowercase(),
        name: name.clone(),
    });
    named.collect()
}

fn counted(of: &[(String, u32)]) -> Vec<Counted> {
    let counted = of.iter().map(|(name, n)| Counted {
        id: name.to_lowercase(),
        name: name.clone(),
        n: *n,
    });
    counted.collect()
}

/// Every way in which impact can be lacking, with these numbers.
fn no_impact(n: u32, m: u32) -> Vec<NoImpact> {
    let refusals = [
        Refusal::NoVariance,
        Refusal::NothingExplained,
        Refusal::TooManyPredictors,
    ];
    let mut all: Vec<NoImpact> = refusals
        .map(|refusal| NoImpact::Refused { refusal })
        .to_vec();
    all.extend([
        NoImpact::FewPeople { people: n },
        NoImpact::FewTeams { teams: n },
        NoImpact::FewPeopleForPillars {
            pillars: n,
            teams: m,
            needed: n,
            people: m,
        },
        NoImpact::FewPairsInTeams,
    ]);
    all
}

fn impact_facts(of: &[(String, u32)], n: u32, m: u32) -> Vec<ImpactFact> {
    let pillars = || named(of).into_iter().map(|named| named.id).collect();
    let mut all = vec![
        ImpactFact::Pairwise {
            complete: n,
            rated: m,
            least: n,
        },
        ImpactFact::Raised {
            raised: n,
            eigenvalues: m,
        },
        ImpactFact::RelativeWeights,
        ImpactFact::Collinear { pillars: pillars() },
        ImpactFact::PillarsNotShown {
            pillars: pillars(),
            why: PillarNotShown::FewPeople,
        },
        ImpactFact::PillarsNotShown {
            pillars: pillars(),
            why: PillarNotShown::NoVariance,
        },
    ];
    all.extend(
        no_impact(n, m)
            .into_iter()
            .map(|why| ImpactFact::NotShown { why }),
    );
    all
}

fn no_embeddings(word: &str, n: u32, m: u32) -> Vec<NoEmbedding> {
    let (text, n, m) = (word.to_owned(), n.into(), m.into());
    vec![
        NoEmbedding::NotStarted {
            cause: text.clone(),
        },
        NoEmbedding::NoPipes,
        NoEmbedding::TooSlow { seconds: n },
        NoEmbedding::NoOutput,
        NoEmbedding::BadLine {
            line: n,
            cause: text.clone(),
        },
        NoEmbedding::NoNumbers {
            line: n,
            start: text.clone(),
        },
        NoEmbedding::Failed {
            status: text.clone(),
        },
        NoEmbedding::Lost { cause: text },
        NoEmbedding::OtherCount {
            vectors: n,
            texts: m,
        },
        NoEmbedding::BadVector { text: n, length: m },
    ]
}

/// A note of every kind.
fn notes(of: &[(String, u32)], n: u32, m: u32, x: f64) -> Vec<Note> {
    let word = &of[0].0;
    let mut all = vec![
        Note::FewResponses,
        Note::NoRoster,
        Note::OneTeam,
        Note::TwoTeams,
        Note::NobodyPicked,
        Note::PlannedMissing {
            asked: x,
            pillars: n,
            widening: x,
        },
        Note::FewRatings {
            pillars: of.iter().map(|(name, _)| name.clone()).collect(),
        },
        Note::NobodyLinked,
        Note::Reworded {
            wave: word.clone(),
            items: named(of),
        },
        Note::CommentsWithoutPeople { comments: n },
        Note::CommentsHidden {
            hidden: n,
            comments: m,
        },
        Note::ChangesUntested {
            wave: word.clone(),
            pillars: n,
            groups: m,
        },
        Note::NotJoined,
        Note::ZeroMedians { metrics: named(of) },
        Note::NoLogarithms { metrics: named(of) },
        Note::NothingMerged,
        Note::MetricsWithoutValues { metrics: named(of) },
        Note::MetricsOfFewValues {
            metrics: counted(of),
        },
        Note::MetricsOfFewPeople { metrics: named(of) },
        Note::NegativeTimes {
            metrics: counted(of),
        },
        Note::ReportedMetrics { metrics: named(of) },
        Note::UnknownTeams {
            rows: n,
            teams: of.iter().map(|(name, _)| name.clone()).collect(),
            more: m,
        },
    ];
    let left_out = [OutcomeLeftOut::FewPeople, OutcomeLeftOut::NoVariance];
    all.extend(left_out.map(|why| Note::OutcomesLeftOut {
        outcomes: named(of),
        why,
    }));
    let unknown = [
        Unknown::TooFewItems,
        Unknown::TooFewAnswers,
        Unknown::TooFewTeams,
        Unknown::NoVariance,
        Unknown::NotOneFactor,
    ];
    all.extend(unknown.map(|why| Note::OutcomesUnreliable { why }));
    all.extend(impact_facts(of, n, m).into_iter().map(|fact| Note::Impact {
        outcomes: named(of),
        of: m,
        fact,
    }));
    let failures = no_embeddings(word, n, m).into_iter();
    all.extend(failures.map(|why| Note::NoEmbedding { why }));
    all
}

/// One to four names with a number each.
fn things() -> impl Strategy<Value = Vec<(String, u32)>> {
    // No name holds what gives a bad number away: `inf`, `NaN`.
    let name = "[A-Z][a-h]{2,8}( [a-h]{2,8})?";
    proptest::collection::vec((name, any::<u32>()), 1..5)
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![-1e6..1e6, -1.0..1.0, Just(0.0)]
}

prop_compose! {
    fn evidence()(
        verdict in select(&[Verdict::Confirmed, Verdict::Contradicted, Verdict::Unclear][..]),
        basis in option::of(select(&[Basis::Teams, Basis::Time, Basis::Target][..])),
        unit in select(&["h", "%", "", "lines", "a week"][..]),
        level in number(),
        interval in option::of((number(), number())),
        aggregate in select(&[
            Aggregate::Median,
            Aggregate::Mean,
            Aggregate::Share,
            Aggregate::Rate,
            Aggregate::RatePerEngineer,
        ][..]),
        (n, teams) in (any::<u32>(), any::<u32>()),
        before in option::of(number()),
        better in select(&[Better::Lower, Better::Higher][..]),
        (peers, target) in (option::of(number()), option::of(number())),
        reached in select(&[TargetReached::Met, TargetReached::Missed, TargetReached::Open][..]),
        association in option::of((-1.0..1.0, -1.0..1.0, 0.0..1.0)),
        not_compared in select(&[
            NotCompared::FewTeams,
            NotCompared::SameValues,
            NotCompared::SameRatings,
        ][..]),
        ratings_moved in option::of(select(&[RatingsMoved::Fell, RatingsMoved::Rose][..])),
        within in option::of((-1.0..1.0, 0.0..1.0, any::<u32>())),
    ) -> Evidence {
        let sample = Findings::sample().evidence.remove(0);
        Evidence {
            verdict,
            basis,
            unit: unit.into(),
            level: Some(level),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            aggregate: Some(aggregate),
            n,
            before,
            better: Some(better),
            peers,
            target,
            target_reached: target.map(|_| reached),
            association: association.map(|(spearman, _, _): (f64, f64, f64)| spearman),
            kendall: association.map(|(_, kendall, _)| kendall),
            p: association.map(|(_, _, q)| q),
            q: association.map(|(_, _, q)| q),
            not_compared: association.is_none().then_some(not_compared),
            teams,
            ratings_moved,
            within: within.map(|(association, p, people)| WithinTeams { association, p, people }),
            ..sample
        }
    }
}

prop_compose! {
    fn action()(
        is_compared in any::<bool>(),
        why in select(&[
            NotComparable::WavesWithoutDays,
            NotComparable::StartsLater,
            NotComparable::NoWaveBefore,
            NotComparable::OneSide,
        ][..]),
        verdict in select(&[
            Helped::Better,
            Helped::Worse,
            Helped::NoDifference,
            Helped::TooFewTeams,
        ][..]),
        (with, without, difference) in (number(), number(), number()),
        test in option::of((number(), number(), 0.0..1.0)),
        earlier in option::of(number()),
        (teams_with, teams_without) in (any::<u32>(), any::<u32>()),
        has_zero in any::<bool>(),
        (left_out, metrics) in (0..3, things()),
    ) -> ActionEffect {
        let mut action = Findings::sample().actions.remove(0);
        action.changes[0] = ActionChange {
            teams_with,
            teams_without,
            with,
            without,
            difference,
            low: test.map(|(low, _, _)| low),
            high: test.map(|(_, high, _)| high),
            p: test.map(|(_, _, q)| q),
            q: test.map(|(_, _, q)| q),
            earlier,
            ..action.changes[0].clone()
        };
        action.changes[1].has_zero = has_zero;
        action.verdict = verdict;
        if !is_compared {
            action.changes.clear();
            action.verdict = Helped::NotComparable;
            action.not_comparable = Some(why);
        }
        action.left_out = match left_out {
            0 => None,
            1 => Some(MetricsLeftOut::NoDay),
            _ => Some(MetricsLeftOut::FewTeams { metrics: named(&metrics) }),
        };
        action
    }
}

fn is_sentence(text: &str) -> Result<(), TestCaseError> {
    prop_assert!(text.ends_with('.') && !text.ends_with(".."), "{text}");
    prop_assert!(text.trim() == text && text.len() > 10, "{text}");
    for wrong in ["NaN", "inf", "  ", " .", " ,", "()", "{", "}"] {
        prop_assert!(!text.contains(wrong), "{wrong:?} in {text}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_note_makes_a_sentence(
        things in things(), n in any::<u32>(), m in any::<u32>(), x in 0.0..100.0
    ) {
        let findings = Findings::sample();
        for language in LANGUAGES {
            let all = notes(&things, n, m, x);
            for note in &all {
                is_sentence(&language.words().note(note, &findings))?;
            }
        }
    }

    #[test]
    fn every_evidence_makes_sentences(evidence in evidence()) {
        let findings = Findings::sample();
        for language in LANGUAGES {
            let text = language.words().evidence(&evidence, &findings);
            is_sentence(&text)?;
            prop_assert!(text.starts_with(&language.words().level(&evidence)), "{text}");
            is_sentence(&language.words().no_metric(&evidence.name))?;
        }
    }

    #[test]
    fn every_action_makes_sentences(action in action()) {
        for language in LANGUAGES {
            is_sentence(&language.words().action(&action))?;
        }
    }
}

#[test]
fn parts_of_sentences_have_no_full_stop() {
    for language in LANGUAGES {
        let words = language.words();
        for why in [
            Unweighted::FewInvited,
            Unweighted::NoGroups,
            Unweighted::NoAnswers,
        ] {
            assert!(!words.unweighted(&why).ends_with('.'), "{why:?}");
        }
        let attribute = WeightingMargin::Attribute {
            name: "role".into(),
        };
        assert_eq!(words.margin(&attribute), "role");
        let level = |level: u32| {
            words
                .margin(&WeightingMargin::TeamLevel { level })
                .into_owned()
        };
        assert!((1..5).all(|at| level(at) != level(at + 1)));
        for why in no_embeddings("cause", 1, 2) {
            assert!(!words.no_embedding(&why).ends_with('.'), "{why:?}");
        }
    }
}
