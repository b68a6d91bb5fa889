//! What everybody who was asked may read once it is released, and what they are told of the last
//! wave.

use axum::http::StatusCode;
use tribometer::jobs;
use tribometer::service::{results, waves};
use tribometer_findings::Findings;
use tribometer_store::wave;

use super::{Answer, Browser};
use crate::fixture::{OpenWave, Participant, asked_again, close_with, count, open_wave, text};
use crate::support::TestApp;

const WE_DID: &str =
    "Two of us make the tests faster.\r\nEvery team keeps <an hour> a day free for reviews.";

async fn wave(app: &TestApp) -> OpenWave {
    open_wave(app, "2026-Q4", &[("Engineering / Payments", "backend"); 12]).await
}

async fn answer(app: &TestApp, person: &Participant) {
    let fields = [("page", "1"), ("go", "submit"), ("test-feedback", "2")];
    let sent = Browser::new(app).post(&person.link(), &fields).await;
    assert_eq!(sent.location(), format!("{}/thanks", person.link()));
}

async fn results_of(app: &TestApp, person: &Participant) -> Answer {
    let address = format!("{}/results", person.link());
    Browser::new(app).get(&address).await
}

/// Links to the results on the page.
fn links(page: &Answer) -> usize {
    page.count("a[href^='/s/'][href$='/results']")
}

both_databases! {
    /// Released, changed, taken back; each link of the wave opens them, whatever became of it, and
    /// nothing is noted about who reads.
    async fn everybody_who_was_asked_reads_released_results(app: &TestApp) {
        let wave = wave(app).await;
        let (used, unused) = (&wave.people[0], &wave.people[1]);
        answer(app, used).await;
        let early = results_of(app, unused).await;
        assert_eq!((early.status, early.count("table")), (StatusCode::NOT_FOUND, 0));
        insta::assert_snapshot!("open", early.text());
        close_with(app, &wave, &Findings::sample()).await;
        let early = results_of(app, used).await;
        assert_eq!((early.status, early.count("table")), (StatusCode::NOT_FOUND, 0));
        insta::assert_snapshot!("closed", early.text());
        assert_eq!(links(&Browser::new(app).get(&used.link()).await), 0);

        let mut lead = Browser::administrator(app).await;
        let (report, release) = (format!("/waves/{}", wave.id), format!("/waves/{}/release", wave.id));
        assert_eq!(lead.get(&report).await.count(&format!("a[href='{release}']")), 1);
        insta::assert_snapshot!("release", lead.get(&release).await.text());
        assert_eq!(lead.post(&release, &[("we_did", WE_DID)]).await.location(), report);
        assert!(lead.get(&report).await.text().contains("Released to everybody asked on 5 October 2026."));

        let noted = count(app, "SELECT count(*) FROM audit_entry").await;
        let page = results_of(app, used).await;
        insta::assert_snapshot!("results", page.text());
        assert_eq!((page.status, page.count("td.hidden, script")), (StatusCode::OK, 0));
        assert!(page.body.len() < 60_000, "{}", page.body.len());
        for group in Findings::sample().groups.iter().skip(1) {
            assert!(!page.body.contains(group.team.as_str()), "{}", group.team);
        }
        assert_eq!(results_of(app, unused).await.text(), page.text());
        for person in [used, unused] {
            let closed = Browser::new(app).get(&person.link()).await;
            assert_eq!((closed.status, links(&closed)), (StatusCode::GONE, 1));
        }
        assert_eq!(count(app, "SELECT count(*) FROM audit_entry").await, noted);
        assert_eq!(Browser::new(app).get("/s/unknown/results").await.status, StatusCode::NOT_FOUND);
        asked_again(app, &wave).await;
        let expired = Browser::new(app).get(&unused.link()).await;
        assert!(expired.text().contains("an earlier survey") && links(&expired) == 1);
        assert_eq!(results_of(app, unused).await.text(), page.text());

        lead.post(&release, &[("we_did", "Nothing yet.")]).await;
        assert!(results_of(app, used).await.text().contains("Nothing yet."));
        assert_eq!(lead.post(&format!("/waves/{}/take-back", wave.id), &[]).await.location(), report);
        assert_eq!(results_of(app, used).await.status, StatusCode::NOT_FOUND);
        assert_eq!(lead.post(&format!("/waves/{}/take-back", wave.id), &[]).await.status, StatusCode::CONFLICT);
        assert!(lead.get(&release).await.body.contains("Nothing yet."), "the text waits for the next time");
        let log = "SELECT count(*) FROM audit_entry WHERE account_id IS NOT NULL AND subject = 'wave 2026-Q4' AND action = ";
        assert_eq!(count(app, &format!("{log}'results.released'")).await, 2);
        assert_eq!(count(app, &format!("{log}'results.taken_back'")).await, 1);
    }

    /// Who answers the next wave is told what was said and done; nothing before the results are
    /// released.
    async fn thanks_say_what_came_of_the_last_wave(app: &TestApp) {
        let wave = wave(app).await;
        close_with(app, &wave, &Findings::sample()).await;
        let person = asked_again(app, &wave).await;
        answer(app, &person).await;
        let mut browser = Browser::new(app);
        let address = format!("{}/thanks", person.link());
        assert!(!browser.get(&address).await.text().contains("Last time"));
        results::release(app, wave.id, "", None).await.expect("results");
        let thanks = browser.get(&address).await;
        assert!(thanks.text().contains("You said: ") && !thanks.text().contains("We did"), "{}", thanks.text());
        results::release(app, wave.id, WE_DID, None).await.expect("results");
        let thanks = browser.get(&address).await;
        insta::assert_snapshot!("thanks_again", thanks.text());
        assert_eq!(links(&thanks), 1);
    }

    /// Fewer answers than the minimum: not one number and not the leads' text, here and in the next
    /// wave.
    async fn too_few_answers_show_no_number_even_when_released(app: &TestApp) {
        let wave = wave(app).await;
        for person in &wave.people[..4] {
            answer(app, person).await;
        }
        waves::close(app, wave.id, None).await.expect("a closed wave");
        let early = results::release(app, wave.id, WE_DID, None).await.expect_err("no findings yet");
        assert!(early.to_string().contains("still being computed"), "{early}");
        jobs::run_until_idle(app).await.expect("findings");
        results::release(app, wave.id, WE_DID, None).await.expect("results");
        let page = results_of(app, &wave.people[0]).await;
        insta::assert_snapshot!("too_few", page.text());
        let numbers = page.text().replace("2026 Q4", "");
        assert!(!numbers.contains(|letter: char| letter.is_ascii_digit()), "{numbers}");
        assert_eq!((page.status, page.count("table")), (StatusCode::OK, 0));
        let person = asked_again(app, &wave).await;
        answer(app, &person).await;
        let thanks = Browser::new(app).get(&format!("{}/thanks", person.link())).await;
        assert!(!thanks.text().contains("Last time"), "{}", thanks.text());
    }

    /// Not on the day on which it would have ended by itself.
    async fn a_wave_closed_by_hand_ended_on_that_day(app: &TestApp) {
        let wave = wave(app).await;
        waves::close(app, wave.id, None).await.expect("a closed wave");
        let page = Browser::new(app).get(&wave.people[0].link()).await;
        let today = app.now().format("%-d %B").to_string();
        assert!(page.text().contains(&today), "{today}: {}", page.text());
    }

    /// Strangers and leads release nothing, nor does anybody while the wave is open, nor with a
    /// text that is too long.
    async fn an_administrator_releases_results_of_a_closed_wave(app: &TestApp) {
        let wave = wave(app).await;
        let (release, take_back) = (format!("/waves/{}/release", wave.id), format!("/waves/{}/take-back", wave.id));
        let mut administrator = Browser::administrator(app).await;
        assert_eq!(administrator.get(&release).await.status, StatusCode::CONFLICT);
        assert_eq!(administrator.post(&release, &[]).await.status, StatusCode::CONFLICT);
        close_with(app, &wave, &Findings::sample()).await;
        let mut lead = Browser::lead(app).await;
        assert_eq!(lead.get(&format!("/waves/{}", wave.id)).await.count(&format!("a[href='{release}']")), 0);
        let mut stranger = Browser::new(app);
        for address in [&release, &take_back] {
            assert_eq!(stranger.post(address, &[]).await.location(), "/sign-in");
            assert_eq!(lead.post(address, &[]).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(stranger.get(&release).await.location(), "/sign-in");
        assert_eq!(lead.get(&release).await.status, StatusCode::FORBIDDEN);
        let long = "ä".repeat(2_001);
        let refused = administrator.post(&release, &[("we_did", &long)]).await;
        assert_eq!((refused.status, refused.count("#we_did-error")), (StatusCode::UNPROCESSABLE_ENTITY, 1));
        assert!(refused.body.contains(&long), "nothing that was written is lost");
        assert_eq!(count(app, "SELECT count(*) FROM wave WHERE released_at IS NOT NULL OR we_did IS NOT NULL").await, 0);
        assert_eq!(administrator.post(&release, &[]).await.location(), format!("/waves/{}", wave.id));
        assert_eq!(lead.get(&format!("/waves/{}", wave.id)).await.count(".released"), 1);
    }

    /// The text changes, the first day stays; an open wave is left alone.
    async fn a_release_is_kept_with_its_wave(app: &TestApp) {
        let wave = wave(app).await;
        let db = app.store.writer();
        let text_of = |text: &str| Some(text.to_owned());
        assert!(!wave::release(db, wave.id, text_of("early"), app.now()).await.expect("a store"));
        close_with(app, &wave, &Findings::sample()).await;
        let first = app.now();
        assert!(wave::release(db, wave.id, text_of("once"), first).await.expect("a store"));
        app.clock.advance(chrono::TimeDelta::days(1));
        assert!(wave::release(db, wave.id, text_of("twice"), app.now()).await.expect("a store"));
        let kept = wave::find(db, wave.id).await.expect("a store").expect("a wave");
        assert_eq!((kept.released_at, kept.we_did.as_deref()), (Some(first), Some("twice")));
        assert!(wave::take_back(db, wave.id).await.expect("a store"));
        assert!(!wave::take_back(db, wave.id).await.expect("a store"));
        let kept = wave::find(db, wave.id).await.expect("a store").expect("a wave");
        assert_eq!((kept.released_at, kept.we_did.as_deref()), (None, Some("twice")));
        assert_eq!(text(app, "SELECT state FROM wave").await, "closed");
    }
}
