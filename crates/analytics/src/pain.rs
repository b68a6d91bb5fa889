//! Who is in pain about a pillar.

use tribometer_findings::Pain;
use tribometer_statistics::ratings::RatingCell;

use crate::answers::AnswerTables;

/// Which definition of pain the data carry: with picks, picked and rated 3 or lower; without, rated
/// 2 or lower.
pub fn definition(responses: &AnswerTables) -> Pain {
    if responses.has_picks() {
        Pain::PickedAndRatedLow
    } else {
        Pain::RatedLow
    }
}

/// Whether somebody with this rating is in pain.
pub fn in_pain(definition: Pain, rating: RatingCell, picked: bool) -> bool {
    match definition {
        Pain::PickedAndRatedLow => picked && (1..=3).contains(&rating),
        Pain::RatedLow => (1..=2).contains(&rating),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::input;

    #[test]
    fn without_any_pick_pain_is_a_low_rating() {
        let mut responses = input(1).responses;
        responses.set_picks(|_, _| false);
        assert_eq!(definition(&responses), Pain::RatedLow);
        assert!(in_pain(Pain::RatedLow, 2, false) && !in_pain(Pain::RatedLow, 3, true));
        assert!(!in_pain(Pain::RatedLow, 0, true) && !in_pain(Pain::PickedAndRatedLow, 6, true));
    }
}
