//! How numbers are written on a page: with a unit, a real minus sign, and only as many digits as
//! their interval supports.

use tribometer_findings::Estimate;

/// The minus sign (U+2212), as wide as a plus sign, unlike a hyphen.
const MINUS: char = '−';

/// A whole number with thousands separators: `1,003`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with so many decimals, thousands separators and a real minus sign: `−1,234.5`. Never
/// `−0`.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let mut out = String::new();
    if value < 0.0 && !zero {
        out.push(MINUS);
    }
    match whole.parse() {
        Ok(whole) => out.push_str(&count(whole)),
        Err(_) => out.push_str(whole),
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A share (0 to 1) as whole percents: `34%`. A share that is neither none nor all never reads as
/// 0% or 100%.
pub fn percent(share: f64) -> String {
    match percents(share) {
        0 if share > 0.0 => "under 1%".to_owned(),
        100 if share < 1.0 => "over 99%".to_owned(),
        whole => format!("{whole}%"),
    }
}

/// A probability (0 to 1) as whole percents. It never reads as 0% or 100%: what replicates say is
/// never that sure.
pub fn chance(probability: f64) -> String {
    match percents(probability) {
        0 => "under 1%".to_owned(),
        100 => "over 99%".to_owned(),
        whole => format!("{whole}%"),
    }
}

/// A share (0 to 1) in whole percents.
pub fn percents(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}

/// The bounds of a share, for `95% interval 29 to 36`: the sign stands at the number itself.
pub fn percent_range(low: f64, high: f64) -> String {
    range(percents(low).to_string(), percents(high).to_string())
}

/// The bounds of a share, short, for a table: `29–36`.
pub fn percent_span(low: f64, high: f64) -> String {
    span(percents(low).to_string(), percents(high).to_string())
}

/// A change in points with its sign: `−8`, `+6`, `0`. `share` is a difference of shares (−1 to 1).
pub fn points(share: f64) -> String {
    signed(share * 100.0, 0)
}

/// A number that always carries its sign, except zero: `+6`, `−8`, `0`.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = number(value, decimals);
    let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if value > 0.0 && !zero {
        format!("+{text}")
    } else {
        text
    }
}

/// `29 to 36`, or one number where both ends read the same.
pub fn range(low: String, high: String) -> String {
    if low == high {
        low
    } else {
        format!("{low} to {high}")
    }
}

/// `29–36`, or one number where both ends read the same.
pub fn span(low: String, high: String) -> String {
    if low == high {
        low
    } else {
        format!("{low}–{high}")
    }
}

/// A rank with its range: `1–3`, or `1` where the data allow no other.
pub fn ranks(low: usize, high: usize) -> String {
    span(low.to_string(), high.to_string())
}

/// A number rounded to what its interval supports, and the interval rounded alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    pub value: String,
    pub low: String,
    pub high: String,
}

impl Measured {
    /// Rounds to the largest power of ten that is at most a tenth of the interval's width: 3,412
    /// between 2,980 and 3,860 reads 3,410, and 6.83 between 6.2 and 7.4 reads 6.8. Never more than
    /// two decimals.
    pub fn new(value: f64, low: f64, high: f64) -> Measured {
        let tenth = (high - low).abs() / 10.0;
        let power = if tenth > 0.0 && tenth.is_finite() {
            tenth.log10().floor()
        } else {
            0.0
        };
        let step = 10_f64.powf(power.max(-2.0));
        let decimals = if power < 0.0 {
            (-power).min(2.0) as usize
        } else {
            0
        };
        let text = |x: f64| number((x / step).round() * step, decimals);
        Measured {
            value: text(value),
            low: text(low),
            high: text(high),
        }
    }

    /// `2,980 to 3,860`.
    pub fn range(&self) -> String {
        range(self.low.clone(), self.high.clone())
    }

    /// `2,980–3,860`.
    pub fn span(&self) -> String {
        span(self.low.clone(), self.high.clone())
    }
}

/// Money with its interval in one shared unit: `30.9 million` and `28.3 to 33.5`. In which
/// currency, only the reader knows.
pub fn money(estimate: Estimate) -> Measured {
    let (unit, size) = money_unit(estimate.value);
    let mut shown = money_in(size, estimate);
    if !unit.is_empty() {
        shown.value.push(' ');
        shown.value.push_str(unit);
    }
    shown
}

/// Money with its interval in units of a size.
pub fn money_in(size: f64, estimate: Estimate) -> Measured {
    Measured::new(
        estimate.value / size,
        estimate.low / size,
        estimate.high / size,
    )
}

/// The unit that an amount of money reads best in, and its size.
pub fn money_unit(value: f64) -> (&'static str, f64) {
    match value.abs() {
        value if value >= 1e6 => ("million", 1e6),
        value if value >= 1e4 => ("thousand", 1e3),
        _ => ("", 1.0),
    }
}

/// A time in the unit that reads best: `45 s`, `28 min`, `6.8 h`, `31 h`, `3.2 days`, `12 days`.
/// Two significant digits or whole numbers.
pub fn hours(value: f64) -> String {
    let (amount, unit) = Unit::of(value).split(value);
    format!("{amount} {unit}")
}

/// An amount of a metric with its unit: times in the unit that reads best, shares as percents, else
/// with as many decimals as small numbers need: `0.25 a week`.
pub fn amount(value: f64, unit: &str) -> String {
    let decimals = match value.abs() {
        small if small < 1.0 => 2,
        few if few < 10.0 => 1,
        _ => 0,
    };
    match unit {
        "h" => hours(value),
        "%" => percent(value),
        "" => number(value, decimals),
        // `rounds` and `lines` lose their s; `ms` keeps it.
        unit if value == 1.0 && unit.len() > 3 && unit.ends_with('s') => {
            format!("1 {}", unit.trim_end_matches('s'))
        }
        // Whole things that are counted one by one are not shown with a fraction.
        unit if value.fract() == 0.0 => format!("{} {unit}", number(value, 0)),
        unit => format!("{} {unit}", number(value, decimals)),
    }
}

/// A p or q value with two digits: `0.04`, `0.004`, `under 0.001`.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        "under 0.001".to_owned()
    } else if p < 0.0095 {
        number(p, 3)
    } else {
        number(p, 2)
    }
}

/// The bounds of a time in one shared unit: `29 to 33 h`.
pub fn hours_range(low: f64, high: f64) -> String {
    let unit = Unit::of(high);
    let (low, _) = unit.split(low);
    let (high, name) = unit.split(high);
    format!("{} {name}", range(low, high))
}

/// The unit that a time reads best in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Seconds,
    Minutes,
    Hours,
    Days,
}

impl Unit {
    fn of(hours: f64) -> Unit {
        let hours = hours.abs();
        if hours == 0.0 || (1.0..72.0).contains(&hours) {
            Unit::Hours
        } else if hours >= 72.0 {
            Unit::Days
        } else if hours * 60.0 >= 1.0 {
            Unit::Minutes
        } else {
            Unit::Seconds
        }
    }

    fn split(self, hours: f64) -> (String, &'static str) {
        let (amount, unit) = match self {
            Unit::Seconds => (hours * 3600.0, "s"),
            Unit::Minutes => (hours * 60.0, "min"),
            Unit::Hours => (hours, "h"),
            Unit::Days => (hours / 24.0, "days"),
        };
        let small =
            amount != 0.0 && amount.abs() < 9.95 && matches!(self, Unit::Hours | Unit::Days);
        (number(amount, usize::from(small)), unit)
    }
}

/// `1 team`, `3 teams`: a count with its noun in the right number.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}

/// A name within a sentence: its first letter small, unless it is an abbreviation.
pub fn within_a_sentence(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(name.chars().skip(1)).collect()
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_chance_is_never_none_or_all() {
        let probabilities = [0.0, 0.004, 0.87, 0.996, 1.0];
        assert_eq!(
            probabilities.map(chance),
            ["under 1%", "under 1%", "87%", "over 99%", "over 99%"]
        );
    }

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!(count(0), "0");
        assert_eq!(count(912), "912");
        assert_eq!(count(1_003), "1,003");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn numbers_carry_a_real_minus_and_never_a_negative_zero() {
        assert_eq!(number(-1234.5, 1), "−1,234.5");
        assert_eq!(number(-0.04, 1), "0.0");
        assert_eq!(signed(6.2, 0), "+6");
        assert_eq!(points(-0.08), "−8");
        assert_eq!(points(0.004), "0");
    }

    #[test]
    fn a_share_that_is_not_none_or_all_never_reads_so() {
        assert_eq!(percent(0.0), "0%");
        assert_eq!(percent(0.002), "under 1%");
        assert_eq!(percent(0.344), "34%");
        assert_eq!(percent(0.998), "over 99%");
        assert_eq!(percent(1.0), "100%");
    }

    #[test]
    fn digits_follow_the_interval() {
        let wide = Measured::new(3412.0, 2980.0, 3860.0);
        assert_eq!(
            (wide.value.as_str(), wide.range().as_str()),
            ("3,410", "2,980 to 3,860")
        );
        let narrow = Measured::new(6.83, 6.21, 7.38);
        assert_eq!(
            (narrow.value.as_str(), narrow.span().as_str()),
            ("6.8", "6.2–7.4")
        );
        assert_eq!(Measured::new(312.7, 290.0, 335.0).value, "313");
        assert_eq!(Measured::new(31.27, 31.27, 31.27).value, "31");
    }

    #[test]
    fn money_takes_the_unit_that_reads_best() {
        let shown = |value: f64| {
            let shown = money(Estimate {
                value,
                low: value * 0.9,
                high: value * 1.1,
            });
            (shown.value.clone(), shown.range())
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(shown(30_870_000.0), pair("30.9 million", "27.8 to 34.0"));
        assert_eq!(shown(412_300.0), pair("412 thousand", "371 to 454"));
        assert_eq!(shown(900.0), pair("900", "810 to 990"));
        assert_eq!(shown(0.0), pair("0", "0"));
    }

    #[test]
    fn times_take_the_unit_that_reads_best() {
        assert_eq!(hours(0.0), "0 h");
        assert_eq!(hours(0.004), "14 s");
        assert_eq!(hours(0.4667), "28 min");
        assert_eq!(hours(6.82), "6.8 h");
        assert_eq!(hours(31.27), "31 h");
        assert_eq!(hours(76.0), "3.2 days");
        assert_eq!(hours(290.0), "12 days");
        assert_eq!(hours_range(29.2, 33.4), "29 to 33 h");
        assert_eq!(hours_range(70.0, 80.0), "2.9 to 3.3 days");
    }

    #[test]
    fn lists_read_as_english() {
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["a", "b"]), "a and b");
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(counted(1, "team", "teams"), "1 team");
        assert_eq!(ranks(3, 3), "3");
        assert_eq!(ranks(1, 4), "1–4");
    }

    /// Reads a formatted number back.
    fn read(text: &str) -> f64 {
        text.replace(',', "")
            .replace(MINUS, "-")
            .parse()
            .expect("a formatted number")
    }

    proptest! {
        #[test]
        fn a_count_reads_back(n in any::<u64>()) {
            prop_assert_eq!(count(n).replace(',', ""), n.to_string());
        }

        #[test]
        fn a_measured_value_is_off_by_less_than_a_twentieth_of_its_interval(
            value in -1e6..1e6_f64, below in 0.1..1e5_f64, above in 0.1..1e5_f64,
        ) {
            let text = Measured::new(value, value - below, value + above);
            let twentieth = (below + above) / 20.0;
            prop_assert!((read(&text.value) - value).abs() <= twentieth.max(0.005) + 1e-6);
            prop_assert!(read(&text.low) <= read(&text.value) && read(&text.value) <= read(&text.high));
        }

        #[test]
        fn a_time_reads_back_within_five_percent_and_a_half(value in 0.01..10_000.0_f64) {
            let text = hours(value);
            let (amount, unit) = text.split_once(' ').expect("an amount and a unit");
            let factor = match unit { "s" => 1.0 / 3600.0, "min" => 1.0 / 60.0, "h" => 1.0, "days" => 24.0, other => panic!("unit {other}") };
            let error = (read(amount) * factor - value).abs();
            prop_assert!(error <= value * 0.05 + factor * 0.5, "{value} h as {text}");
        }

        #[test]
        fn a_change_never_mixes_hyphen_and_minus(share in -1.0..1.0_f64) {
            let text = points(share);
            prop_assert!(!text.contains('-'));
            prop_assert_eq!(read(text.trim_start_matches('+')), (share * 100.0).round() + 0.0);
        }
    }

    #[test]
    fn small_probabilities_do_not_read_as_zero() {
        assert_eq!(p_value(0.000_01), "under 0.001");
        assert_eq!(p_value(0.004), "0.004");
        assert_eq!(p_value(0.31), "0.31");
    }

    #[test]
    fn abbreviations_keep_their_capitals() {
        assert_eq!(within_a_sentence("Code review"), "code review");
        assert_eq!(within_a_sentence("AI assistance"), "AI assistance");
    }

    #[test]
    fn one_of_something_is_not_many() {
        assert_eq!(amount(1.0, "rounds"), "1 round");
        assert_eq!(amount(2.0, "rounds"), "2 rounds");
        assert_eq!(amount(1.0, "ms"), "1 ms");
    }
}
