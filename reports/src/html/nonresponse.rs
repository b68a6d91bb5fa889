//! Whether those who answered are like those who were asked, in sentences.

use tribometer_findings::{Findings, Nonresponse, Stress, Weighting};

use crate::words::{Language, format};

/// How many moved areas a sentence names.
const NAMED: usize = 3;

/// What weighting to the roster moves, and what it would take to change the first rank.
pub fn sentences(findings: &Findings) -> Vec<String> {
    let Some(nonresponse) = &findings.nonresponse else {
        return Vec::new();
    };
    let weighted = match (&nonresponse.weighting, &nonresponse.unweighted) {
        (Some(weighting), _) => Some(weighted(findings, nonresponse, weighting)),
        (None, Some(why)) => Some(format!(
            "Answers are not weighted to everybody who was asked: {}.",
            Language::default().words().unweighted(why)
        )),
        (None, None) => None,
    };
    let stress = nonresponse.stress.as_ref();
    let stress = stress.map(|stress| stressed(findings, nonresponse, stress));
    weighted.into_iter().chain(stress).collect()
}

fn weighted(findings: &Findings, nonresponse: &Nonresponse, weighting: &Weighting) -> String {
    let mut moved: Vec<_> = weighting
        .shares
        .iter()
        .filter(|share| share.shift != 0.0)
        .collect();
    moved.sort_by(|a, b| b.shift.abs().total_cmp(&a.shift.abs()));
    let largest = moved.iter().filter_map(|share| {
        let name = findings.pillar_name(share.pillar.as_ref()?);
        Some(format!("{name} by {}", format::points(share.shift)))
    });
    let largest: Vec<String> = largest.take(NAMED).collect();
    let moves = match moved.len() {
        0 => "no favorable share moves by a whole point".to_owned(),
        n if n <= largest.len() => format!("favorable shares move: {}", format::list(&largest)),
        n => format!(
            "{n} of {} favorable shares move by a point or more, most of all {}",
            weighting.shares.len(),
            format::list(&largest)
        ),
    };
    let gap = if weighting.gap > 0.0 {
        format!(
            "; with weights held between 0.3 and 3 times the mean, groups are off by up to {} of \
             everybody",
            format::percent(weighting.gap)
        )
    } else {
        String::new()
    };
    let words = Language::default().words();
    let margins: Vec<_> = weighting
        .margins
        .iter()
        .map(|margin| words.margin(margin))
        .collect();
    format!(
        "Weighted by {} to look like the {} who were asked, {moves}. The weighted answers tell as \
         much as {} of equal weight{gap}.",
        format::list(&margins),
        format::count(nonresponse.invited.into()),
        format::number(weighting.effective_n, 0)
    )
}

fn stressed(findings: &Findings, nonresponse: &Nonresponse, stress: &Stress) -> String {
    let (first, second) = (
        findings.pillar_name(&stress.first),
        findings.pillar_name(&stress.second),
    );
    let silent = format::count(u64::from(
        nonresponse.invited.saturating_sub(nonresponse.responded),
    ));
    let points = |points: f64| format::number(points, 1);
    let lead = format!(
        "{first} leads {second} by {} points of friction among those who answered",
        points(stress.lead)
    );
    if stress.needed > 100.0 {
        format!(
            "{lead}; nothing that the {silent} others could have said would put {second} first."
        )
    } else {
        format!(
            "{lead}. To be overtaken, it would have to trail by {} points or more among the \
             {silent} who did not answer.",
            points(stress.needed)
        )
    }
}

#[cfg(test)]
mod tests {
    use tribometer_findings::Unweighted;

    use super::*;

    #[test]
    fn moved_areas_are_named_and_the_stress_is_in_points() {
        let findings = Findings::sample();
        let said = sentences(&findings);
        assert!(said[0].contains("16 of 25"), "{}", said[0]);
        assert!(said[0].contains("by −2"), "{}", said[0]);
        assert!(said[1].contains("trail by 9.4 points"), "{}", said[1]);
    }

    #[test]
    fn what_cannot_be_weighted_or_overtaken_is_said() {
        let mut findings = Findings::sample();
        let nonresponse = findings.nonresponse.as_mut().unwrap();
        nonresponse.weighting = None;
        nonresponse.unweighted = Some(Unweighted::FewInvited);
        nonresponse.stress.as_mut().unwrap().needed = 120.0;
        let said = sentences(&findings);
        assert!(said[0].ends_with("fewer than 100 were asked."));
        assert!(
            said[1].contains("nothing that the 91 others could have said"),
            "{}",
            said[1]
        );
        findings.nonresponse = None;
        assert!(sentences(&findings).is_empty());
    }
}
