use chrono_tz::{America::Los_Angeles, Europe::Berlin, Pacific, TZ_VARIANTS};
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn clock(text: &str) -> NaiveTime {
    text.parse().unwrap()
}

#[test]
fn a_day_is_that_of_the_programs_calendar() {
    let late = at("2026-10-05T22:30:00Z");
    assert_eq!(program_day(late, Tz::UTC), day("2026-10-05"));
    assert_eq!(program_day(late, Berlin), day("2026-10-06"));
    assert_eq!(program_day(late, Los_Angeles), day("2026-10-05"));
    let early = at("2026-10-05T03:00:00Z");
    assert_eq!(program_day(early, Los_Angeles), day("2026-10-04"));
    // Clocks went back in the night: half past two comes twice, on one day.
    for hour in [0, 1] {
        let twice = day("2026-10-25")
            .and_hms_opt(hour, 30, 0)
            .unwrap()
            .and_utc();
        assert_eq!(program_day(twice, Berlin), day("2026-10-25"));
    }
}

#[test]
fn the_preset_is_the_second_tuesday_of_each_quarter_at_ten() {
    let quarterly = Recurrence::quarterly();
    let mut now = at("2026-01-01T00:00:00Z");
    let mut found = Vec::new();
    for _ in 0..5 {
        let next = quarterly
            .next_after(now, Berlin, &Blackout::default())
            .unwrap();
        now = next.invites_at(Berlin);
        found.push(format!("{} {} {now}", next.label, next.date));
    }
    assert_eq!(
        found,
        [
            "2026-Q1 2026-01-13 2026-01-13 09:00:00 UTC",
            "2026-Q2 2026-04-14 2026-04-14 08:00:00 UTC",
            "2026-Q3 2026-07-14 2026-07-14 08:00:00 UTC",
            "2026-Q4 2026-10-13 2026-10-13 08:00:00 UTC",
            "2027-Q1 2027-01-12 2027-01-12 09:00:00 UTC",
        ]
    );
}

#[test]
fn labels_are_as_fine_as_the_recurrence_needs() {
    let label = |pattern: &str| {
        pattern
            .parse::<Recurrence>()
            .unwrap()
            .label(day("2026-10-13"))
    };
    assert_eq!(label(QUARTERLY), "2026-Q4");
    assert_eq!(label("0 9 13 4,10 *"), "2026-Q4");
    assert_eq!(label("0 9 13 * *"), "2026-10");
    assert_eq!(label("0 9 * * TUE"), "2026-10-13");
}

#[test]
fn a_recurrence_that_makes_no_sense_is_refused_with_a_reason() {
    let refused = |pattern: &str| pattern.parse::<Recurrence>().unwrap_err().to_string();
    insta::assert_snapshot!(
        [
            "",
            "0 10 * * TUE#2 2026",
            "*/5 * * * *",
            "0 25 * * *",
            "0 10 * 13 *",
            "0 10 31 2 *"
        ]
        .map(refused)
        .join("\n")
    );
}

#[test]
fn a_blackout_moves_a_wave_to_the_next_working_day_and_keeps_its_label() {
    let blackout = Blackout(vec![DateRange {
        from: day("2026-10-12"),
        to: day("2026-10-16"),
    }]);
    let next = Recurrence::quarterly()
        .next_after(at("2026-10-15T00:00:00Z"), Berlin, &blackout)
        .unwrap();
    assert_eq!(
        (next.date, next.label.as_str()),
        (day("2026-10-19"), "2026-Q4")
    );
}

#[test]
fn a_wave_that_a_blackout_pushes_into_the_next_one_is_left_out() {
    let blackout = Blackout(vec![DateRange {
        from: day("2026-10-01"),
        to: day("2027-01-11"),
    }]);
    let next = Recurrence::quarterly()
        .next_after(at("2026-09-01T00:00:00Z"), Berlin, &blackout)
        .unwrap();
    assert_eq!(
        (next.date, next.label.as_str()),
        (day("2027-01-12"), "2027-Q1")
    );
}

#[test]
fn times_that_clocks_skip_or_show_twice_are_defined() {
    // Berlin: 2026-03-29 02:00 → 03:00, 2026-10-25 03:00 → 02:00.
    assert_eq!(
        local_send_time(day("2026-03-29"), clock("02:30:00"), Berlin),
        at("2026-03-29T01:30:00Z")
    );
    assert_eq!(
        local_send_time(day("2026-10-25"), clock("02:30:00"), Berlin),
        at("2026-10-25T00:30:00Z")
    );
    // Auckland, half a day ahead of UTC: 2026-09-27 02:00 → 03:00.
    assert_eq!(
        local_send_time(day("2026-09-27"), clock("02:30:00"), Pacific::Auckland),
        at("2026-09-26T14:30:00Z")
    );
    // Samoa had no 2011-12-30 at all.
    assert_eq!(
        local_send_time(day("2011-12-30"), clock("10:00:00"), Pacific::Apia),
        at("2011-12-30T20:00:00Z")
    );
}

#[test]
fn a_wave_opens_with_the_first_participant_and_closes_with_the_last() {
    let wave = Occurrence {
        date: day("2026-10-13"),
        time: clock("10:00:00"),
        label: "2026-Q4".to_owned(),
    };
    let zones = [Pacific::Auckland, Los_Angeles];
    assert_eq!(wave.opens_at(Berlin, zones), at("2026-10-12T21:00:00Z"));
    assert_eq!(
        wave.closes_at(14, Berlin, zones),
        at("2026-10-27T17:00:00Z")
    );
    assert_eq!(wave.opens_at(Berlin, []), at("2026-10-13T08:00:00Z"));
}

proptest! {
    #[test]
    fn send_times_show_the_wall_clock_or_lie_after_a_gap(days in 0u64..30_000, minutes in 0u32..1_440, zone in 0..TZ_VARIANTS.len()) {
        let zone = TZ_VARIANTS[zone];
        let date = day("1990-01-01") + Days::new(days);
        let time = NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).unwrap();
        let shown = local_send_time(date, time, zone).with_timezone(&zone).naive_local();
        let skipped = matches!(zone.from_local_datetime(&date.and_time(time)), LocalResult::None);
        prop_assert_eq!(shown > date.and_time(time), skipped);
        prop_assert!(shown >= date.and_time(time));
    }

    #[test]
    fn everybody_has_the_full_number_of_days(days in 1u32..40, zones in prop::collection::vec(0..TZ_VARIANTS.len(), 0..6), start in 0u64..4_000) {
        let zones: Vec<Tz> = zones.into_iter().map(|at| TZ_VARIANTS[at]).collect();
        let wave = Occurrence { date: day("2020-01-01") + Days::new(start), time: clock("10:00:00"), label: String::new() };
        let closes = wave.closes_at(days, Berlin, zones.clone());
        for zone in zones {
            let local = closes.with_timezone(&zone).naive_local();
            prop_assert!(local >= wave.date.and_time(wave.time) + Days::new(days.into()));
            prop_assert!(wave.opens_at(Berlin, [zone]) <= wave.invites_at(zone));
        }
    }

    #[test]
    fn occurrences_move_strictly_forward(start in 0i64..200_000, from in 0u64..400, length in 0u64..60) {
        let begin = at("2026-01-01T00:00:00Z");
        let now = begin + TimeDelta::minutes(start);
        let first = day("2026-01-01") + Days::new(from);
        let blackout = Blackout(vec![DateRange { from: first, to: first + Days::new(length) }]);
        let monthly: Recurrence = "30 9 1 * *".parse().unwrap();
        let next = monthly.next_after(now, Berlin, &blackout).unwrap();
        prop_assert!(next.invites_at(Berlin) > now);
        prop_assert!(!blackout.covers(next.date));
        let just_before = next.invites_at(Berlin) - TimeDelta::seconds(1);
        prop_assert_eq!(monthly.next_after(just_before, Berlin, &blackout).unwrap(), next);
    }
}
