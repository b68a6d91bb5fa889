//! The median of times of which some had not ended when they were last seen: the product-limit
//! estimator (Kaplan and Meier 1958) with late entry (Klein and Moeschberger 2003, section 4.6),
//! and the limits of its median by inverting the log-log interval of the curve (Brookmeyer and
//! Crowley 1982; Kalbfleisch and Prentice 2002, section 1.4).
//!
//! Leaving out what has not ended makes times look shorter than they are, for the longest are the
//! ones that are still open.

use crate::intervals::z;

/// One time, in any unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// From when on it was watched; it is known nothing of what ended before. Minus infinity where
    /// it was watched from the start.
    pub entered: f64,
    /// When it ended, or was last seen.
    pub left: f64,
    pub ended: bool,
}

/// A median with its 95% interval, in the unit of the spans.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Median {
    /// None where more than half last longer than anything was watched.
    pub value: Option<f64>,
    pub low: Option<f64>,
    /// None where the data sets no upper limit.
    pub high: Option<f64>,
}

/// Rounding does not decide whether half is left.
const ROUNDING: f64 = 1e-12;

/// The median of the times that the spans are of. Spans that are not finite, or left before they
/// entered, are left out.
pub fn median(spans: &[Span]) -> Median {
    let is_sound =
        |span: &&Span| span.left.is_finite() && !span.entered.is_nan() && span.entered < span.left;
    let mut spans: Vec<Span> = spans.iter().filter(is_sound).copied().collect();
    spans.sort_unstable_by(|a, b| a.left.total_cmp(&b.left));
    let mut entries: Vec<f64> = spans.iter().map(|span| span.entered).collect();
    entries.sort_unstable_by(f64::total_cmp);

    let z = z();
    let mut found = Median::default();
    // What survives, and Greenwood's sum.
    let (mut share, mut sum) = (1.0, 0.0);
    let (mut gone, mut come) = (0, 0);
    for together in spans.chunk_by(|a, b| a.left == b.left) {
        let time = together[0].left;
        while entries.get(come).is_some_and(|entered| *entered < time) {
            come += 1;
        }
        let at_risk = (come - gone) as f64;
        let ended = together.iter().filter(|span| span.ended).count() as f64;
        gone += together.len();
        if ended == 0.0 {
            continue;
        }
        share *= 1.0 - ended / at_risk;
        sum += ended / (at_risk * (at_risk - ended));
        if found.value.is_none() && share <= 0.5 + ROUNDING {
            found.value = Some(time);
        }
        if share <= 0.0 {
            // Where nothing is left the curve has no variance, so that it sets no upper limit.
            found.low = found.low.or(Some(time));
            break;
        }
        // The limits of the curve are share^exp(±width), and those of the median where they come to
        // one half: −ln(share)·exp(±width) to ln 2.
        let reached = |sign: f64| {
            let fallen = -share.ln();
            fallen * (sign * z * sum.sqrt() / fallen).exp() >= std::f64::consts::LN_2 - ROUNDING
        };
        if found.low.is_none() && reached(1.0) {
            found.low = Some(time);
        }
        if found.value.is_some() && reached(-1.0) {
            found.high = Some(time);
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FROM_THE_START: f64 = f64::NEG_INFINITY;

    /// `left = ((i * 37) % 101 + 1) / 4 + i % 7` for i from 1, every third censored; with late
    /// entry every fourth is watched from `left / 2 - 1` on.
    fn spans(n: u32, late: bool) -> Vec<Span> {
        let span = |i: u32| {
            let left = f64::from((i * 37) % 101 + 1) / 4.0 + f64::from(i % 7);
            Span {
                entered: if late && i.is_multiple_of(4) {
                    left / 2.0 - 1.0
                } else {
                    FROM_THE_START
                },
                left,
                ended: !i.is_multiple_of(3),
            }
        };
        (1..=n).map(span).collect()
    }

    /// lifelines 0.30.3: `k = KaplanMeierFitter().fit(left, ended, entry=entered)`,
    /// `k.median_survival_time_` and `median_survival_times(k.confidence_interval_)`.
    #[test]
    fn medians_and_their_limits_are_those_of_lifelines() {
        for (n, late, value, low, high) in [
            (12, false, 20.0, 10.5, 24.75),
            (12, true, 20.0, 5.0, 24.75),
            (40, false, 20.0, 16.0, 24.0),
            (40, true, 20.0, 14.5, 22.5),
            (100, false, 19.75, 16.5, 22.0),
            (100, true, 18.75, 16.0, 21.0),
        ] {
            let expected = Median {
                value: Some(value),
                low: Some(low),
                high: Some(high),
            };
            assert_eq!(median(&spans(n, late)), expected, "{n} {late}");
        }
        let third = |i: u32| Span {
            entered: FROM_THE_START,
            left: f64::from(i),
            ended: i.is_multiple_of(3),
        };
        let found = median(&(1..=20).map(third).collect::<Vec<_>>());
        assert_eq!(
            (found.value, found.low, found.high),
            (Some(18.0), Some(12.0), None)
        );
    }

    #[test]
    fn nothing_that_ended_has_no_median() {
        let open = |left| Span {
            entered: FROM_THE_START,
            left,
            ended: false,
        };
        assert_eq!(median(&[]), Median::default());
        assert_eq!(median(&[open(1.0), open(7.0)]), Median::default());
        assert_eq!(median(&[open(f64::NAN)]), Median::default());
    }

    proptest! {
        #[test]
        fn a_median_is_a_time_that_ended_within_its_limits(
            spans in proptest::collection::vec((0u8..50, 0u8..50, any::<bool>()), 0..60)
        ) {
            let spans: Vec<Span> = spans
                .iter()
                .map(|(entered, left, ended)| Span {
                    entered: f64::from(*entered) - 25.0,
                    left: f64::from(*left),
                    ended: *ended,
                })
                .collect();
            let found = median(&spans);
            if let Some(value) = found.value {
                prop_assert!(spans.iter().any(|span| span.ended && span.left == value));
                prop_assert!(found.low.is_some_and(|low| low <= value));
                prop_assert!(found.high.is_none_or(|high| high >= value));
            }
            // What was seen for longer without an end can only make the median longer.
            let longer: Vec<Span> = spans
                .iter()
                .map(|span| Span { left: span.left + if span.ended { 0.0 } else { 100.0 }, ..*span })
                .collect();
            let later = median(&longer).value.unwrap_or(f64::INFINITY);
            if spans.iter().all(|span| span.entered < 0.0) {
                prop_assert!(later >= found.value.unwrap_or(f64::INFINITY));
            }
        }
    }
}
