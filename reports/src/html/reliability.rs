//! How far scores can be trusted, in sentences.

use tribometer_findings::{Findings, OutcomesReliability, Trust};
use tribometer_statistics::thresholds::{RELIABLE, ROUGH};

use crate::words::format;

/// How many areas a sentence names.
const NAMED: usize = 3;

/// About a team's score in each area, and about the outcomes together.
pub fn sentences(findings: &Findings) -> Vec<String> {
    let teams = teams(findings);
    let outcomes = findings.reliability.outcomes.as_ref().map(outcomes);
    teams.into_iter().chain(outcomes).collect()
}

fn teams(findings: &Findings) -> Option<String> {
    let pillars = &findings.reliability.pillars;
    let size = pillars.iter().map(|pillar| pillar.mean_team).sum::<f64>() / pillars.len() as f64;
    let named = |trust: Trust| -> Vec<&str> {
        let pillars = pillars.iter().filter(|pillar| pillar.trust == trust);
        pillars
            .map(|pillar| findings.pillar_name(&pillar.pillar))
            .collect()
    };
    let part = |trust: Trust, word: &str| {
        let names = named(trust);
        match names.len() {
            0 => None,
            n if n <= NAMED => Some(format!("{word} in {}", format::list(&names))),
            n => Some(format!("{word} in {n} areas")),
        }
    };
    let parts = [
        part(Trust::Reliable, "reliable"),
        part(Trust::Rough, "rough"),
        part(Trust::MostlyNoise, "mostly noise"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| {
        format!(
            "A team’s score of {} answers, the usual size here, tells it from other teams like \
             this: {}. Reliable means that at least 0.7 of the differences between such scores are \
             real, rough at least half; the table of groups has the word for each team.",
            format::number(size, 0),
            format::list(&parts)
        )
    })
}

fn outcomes(outcomes: &OutcomesReliability) -> String {
    let two = |value: f64| format::number(value, 2);
    let alpha = outcomes.alpha;
    let together = match alpha.value {
        value if value >= RELIABLE => "measure one thing reliably",
        value if value >= ROUGH => "measure one thing roughly",
        _ => "do not measure one thing",
    };
    let omega = match outcomes.omega {
        Some(omega) => format!(", McDonald’s ω {}", two(omega)),
        None => String::new(),
    };
    format!(
        "The {} outcomes together {together}: Cronbach’s α {} (95% interval {}){omega}, n {}.",
        outcomes.items,
        two(alpha.value),
        format::range(two(alpha.low), two(alpha.high)),
        format::count(u64::from(outcomes.n))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_named_where_they_are_few_and_counted_where_they_are_many() {
        let mut findings = Findings::sample();
        findings.reliability.pillars.truncate(16);
        let said = sentences(&findings);
        assert!(said[0].contains("67 answers"), "{}", said[0]);
        assert!(
            said[0].contains("reliable in 7 areas") && said[0].contains("rough in 7 areas"),
            "{}",
            said[0]
        );
        assert!(
            said[0].contains("mostly noise in Small batches and Production insight"),
            "{}",
            said[0]
        );
        assert!(
            said[1].starts_with(
                "The 3 outcomes together measure one thing reliably: Cronbach’s α 0.81"
            ),
            "{}",
            said[1]
        );
    }

    #[test]
    fn nothing_known_is_nothing_said() {
        let mut findings = Findings::sample();
        findings.reliability = Default::default();
        assert!(sentences(&findings).is_empty());
    }
}
