//! The demo, from an empty database to links that open.

use tribometer::demo::load::{Plan, load};
use tribometer::jobs;
use tribometer::service::answering::{self, Link};
use tribometer::service::{directory, findings, participation, results, sign_in};
use tribometer_store::record;
use tribometer_surveys::records::{self, METRIC_DEFINITIONS, PULL_REQUESTS};

both_databases! {
    async fn the_demo_has_closed_waves_with_findings_and_an_open_one_to_answer(app: &TestApp) {
        let loaded = load(app, Plan { people: 60, seed: 1 }, &|_, _, _| {}).await.expect("the demo");
        assert_eq!(directory::people(app).await.expect("a directory").len(), 60);
        assert!(record::count(app.store.reader(), &PULL_REQUESTS).await.expect("a count") > 2_000);
        for kind in &records::ALL {
            let count = record::count(app.store.reader(), kind).await.expect("a count");
            assert!(count > 0 || kind.name == METRIC_DEFINITIONS.name, "{}", kind.title);
        }

        let labels: Vec<&str> = loaded.closed.iter().map(|wave| wave.label.as_str()).collect();
        assert_eq!(labels, ["2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"]);
        let newest = loaded.closed.last().expect("a wave");
        assert!(findings::load(app, newest.id).await.expect("a store").is_some(), "the report that is shown first is there at once");
        jobs::run_until_idle(app).await.expect("the earlier ones");
        for wave in &loaded.closed {
            let findings = findings::load(app, wave.id).await.expect("a store").expect("findings");
            assert_eq!(findings.invited, Some(60));
            assert!(findings.responded > 45, "{}", findings.responded);
            assert_eq!(findings.ranking.len(), 25);
        }

        assert_eq!(loaded.open.label, "2026-Q4");
        let groups = participation::of_wave(app, loaded.open.id, loaded.open.minimum_group).await.expect("participation");
        assert!(groups[0].percent().is_some_and(|percent| (25..85).contains(&percent)), "{groups:?}");
        let link = answering::open(app, &loaded.token).await.expect("a link");
        let Link::Open(form) = link else { panic!("the wave is open") };
        let last = results::last_time(app, &form.facts).await.expect("a store").expect("a released wave");
        assert_eq!((last.label.as_str(), last.areas.len(), last.we_did.is_some()), ("2026-Q3", 3, true));
        let link = sign_in::printed_link(app, &loaded.lead).await.expect("a link");
        assert!(link.contains("/sign-in/"));
    }
}
