//! Times in files: ISO 8601 with an offset.

use chrono::{DateTime, NaiveDate, Utc};

/// Reads a time; to the microsecond, as databases keep it. None if it is none or has no offset.
pub(crate) fn read(cell: &[u8]) -> Option<DateTime<Utc>> {
    let plain = seconds(cell).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    plain.or_else(|| {
        let text = std::str::from_utf8(cell).ok()?;
        let time = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z"))
            .ok()?;
        DateTime::from_timestamp_micros(time.timestamp_micros())
    })
}

/// Reads a time as [`read`] does, as microseconds since 1970.
pub(crate) fn micros(cell: &[u8]) -> Option<i64> {
    match seconds(cell) {
        Some(seconds) => Some(seconds * 1_000_000),
        None => read(cell).map(|time| time.timestamp_micros()),
    }
}

/// The form that nearly every file has, `2026-10-13T09:30:00` with `Z` or `+02:00`, as seconds
/// since 1970: without the general parser a million rows are read in a fraction of the time.
fn seconds(cell: &[u8]) -> Option<i64> {
    let digits = |from: usize, count: usize| {
        cell[from..from + count]
            .iter()
            .try_fold(0u32, |number, byte| {
                byte.is_ascii_digit()
                    .then(|| number * 10 + u32::from(byte - b'0'))
            })
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if cell.len() < 20 || separators.iter().any(|(at, byte)| cell[*at] != *byte) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(digits(0, 4)? as i32, digits(5, 2)?, digits(8, 2)?)?;
    let (hour, minute, second) = (digits(11, 2)?, digits(14, 2)?, digits(17, 2)?);
    let offset = match &cell[19..] {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (digits(20, 2)?, digits(23, 2)?);
            let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
            if hours > 23 || minutes > 59 {
                return None;
            }
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let local = date
        .and_hms_opt(hour, minute, second)?
        .and_utc()
        .timestamp();
    Some(local - offset)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_text(text: &str) -> Option<String> {
        read(text.as_bytes()).map(|time| time.to_rfc3339())
    }

    #[test]
    fn times_have_an_offset() {
        let seven = Some("2026-10-13T07:30:00+00:00".to_owned());
        for same in [
            "2026-10-13T09:30:00+02:00",
            "2026-10-13T07:30:00Z",
            "2026-10-13 07:30:00z",
            "2026-10-13T09:30:00+0200",
            "2026-10-13T09:30:00+02",
        ] {
            assert_eq!(read_text(same), seven, "{same}");
        }
        assert_eq!(
            read_text("2026-10-13T07:30:00.1234567Z").as_deref(),
            Some("2026-10-13T07:30:00.123456+00:00")
        );
        for none in [
            "2026-10-13T07:30:00",
            "2026-10-13",
            "2026-02-30T07:30:00Z",
            "13.10.2026 07:30",
            "yesterday",
            "",
            "2026-10-13T07:30:00+25:00",
        ] {
            assert_eq!(read_text(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_and_the_long_way_agree(text in "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-5][0-9](Z|[+-][0-2][0-9]:[0-6][0-9])") {
            let long = DateTime::parse_from_rfc3339(&text).ok().map(|time| time.to_utc());
            if let Some(short) = seconds(text.as_bytes()) {
                prop_assert_eq!(Some(short), long.map(|time| time.timestamp()));
            }
            prop_assert_eq!(micros(text.as_bytes()), long.map(|time| time.timestamp_micros()));
            prop_assert_eq!(read(text.as_bytes()), long);
        }
    }
}
