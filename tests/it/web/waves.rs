//! What leads read.

use axum::http::{StatusCode, header};
use tribometer::service::files;
use tribometer_findings::Findings;

use super::Browser;
use crate::fixture::{OpenWave, close_with, count, open_wave, text};
use crate::support::TestApp;

async fn wave(app: &TestApp) -> OpenWave {
    let mut people = vec![("Engineering / Payments", "backend"); 12];
    people.extend([("Engineering / Search", "backend"); 4]);
    open_wave(app, "2026-Q4", &people).await
}

async fn close(app: &TestApp, wave: &OpenWave) {
    close_with(app, wave, &Findings::sample()).await;
}

both_databases! {
    /// Counts in steps of the minimum group, for groups of that many people and no others.
    async fn an_open_wave_shows_who_took_part_and_no_results(app: &TestApp) {
        let wave = wave(app).await;
        for person in &wave.people[..13] {
            let mut browser = Browser::new(app);
            browser.post(&person.link(), &[("page", "1"), ("go", "submit"), ("test-feedback", "2")]).await;
        }
        let mut lead = Browser::administrator(app).await;
        assert_eq!(lead.get("/").await.location(), format!("/waves/{}", wave.id));
        let page = lead.get(&format!("/waves/{}", wave.id)).await;
        insta::assert_snapshot!("participation", page.text());
        let file = lead.get(&format!("/waves/{}/export/ranking.csv", wave.id)).await;
        assert_eq!(file.status, StatusCode::NOT_FOUND);
        insta::assert_snapshot!("waves", lead.get("/waves").await.text());
    }

    /// By words and by area, with hidden groups last; of a wave that is open there are none.
    async fn groups_of_a_closed_wave_can_be_looked_for(app: &TestApp) {
        let wave = wave(app).await;
        let address = format!("/waves/{}/groups", wave.id);
        let mut lead = Browser::administrator(app).await;
        assert_eq!(lead.get(&address).await.status, StatusCode::NOT_FOUND);
        close(app, &wave).await;
        let found = lead.get(&format!("{address}?search=engineering&sort=test-feedback&page=9")).await;
        assert_eq!(found.status, StatusCode::OK);
        assert_eq!(found.count("option[selected]"), 1);
        insta::assert_snapshot!("groups", found.text());
        let none = lead.get(&format!("{address}?search=%3Cnobody%3E")).await;
        assert!(none.text().contains("No group is called that"));
        assert_eq!(none.count("input[value='<nobody>']"), 1);
        let mut stranger = Browser::new(app);
        assert_ne!(stranger.get(&address).await.status, StatusCode::OK);
    }

    /// Page and files come from the stored findings; every look is in the audit log.
    async fn a_closed_wave_shows_its_report_and_every_look_is_logged(app: &TestApp) {
        let wave = wave(app).await;
        close(app, &wave).await;
        let mut lead = Browser::administrator(app).await;
        let page = lead.get(lead_home(&mut lead.clone()).await.as_str()).await;
        assert_eq!((page.status, page.count("article.report")), (StatusCode::OK, 1));
        for inline in ["[style]", "style", "script:not([src])", "[onclick]"] {
            assert_eq!(page.count(inline), 0, "{inline}");
        }
        let files = files::all();
        assert_eq!(page.count(".menu-items a[download]"), files.len());
        for name in files.iter().map(|file| file.name()) {
            assert_eq!(page.count(&format!(".menu-items a[href$='/export/{name}']")), 1, "{name}");
        }
        let log = "SELECT count(*) FROM audit_entry WHERE action = 'report.viewed'";
        assert_eq!(count(app, log).await, 1);
        for name in files.iter().map(|file| file.name()) {
            let file = lead.get(&format!("/waves/{}/export/{name}", wave.id)).await;
            assert_eq!(file.status, StatusCode::OK, "{name}");
            let disposition = file.headers[header::CONTENT_DISPOSITION].to_str().expect("ASCII");
            assert_eq!(disposition, format!("attachment; filename=\"2026-Q4-{name}\""));
        }
        let ranking = lead.get(&format!("/waves/{}/export/ranking.csv", wave.id)).await;
        assert!(ranking.body.starts_with("rank,rank_low,rank_high,top3_probability,pillar,"));
        let findings = lead.get(&format!("/waves/{}/export/findings.json", wave.id)).await;
        assert_eq!(serde_json::from_str::<Findings>(&findings.body).expect("findings"), Findings::sample());
        let taken = count(app, "SELECT count(*) FROM audit_entry WHERE action = 'export.taken'").await;
        assert_eq!(taken, files.len() as i64 + 2);
        let subject = text(app, "SELECT subject FROM audit_entry WHERE action = 'export.taken' LIMIT 1").await;
        assert_eq!(subject, "wave 2026-Q4");
        for nothing in ["secrets.csv", "../../etc/passwd", "ranking.exe"] {
            let nothing = lead.get(&format!("/waves/{}/export/{}", wave.id, nothing.replace('/', "%2F"))).await;
            assert_eq!(nothing.status, StatusCode::NOT_FOUND);
        }
    }

    /// Without an account there is nothing to see, and nobody learns what exists.
    async fn strangers_see_nothing(app: &TestApp) {
        let wave = wave(app).await;
        close(app, &wave).await;
        let mut stranger = Browser::new(app);
        for path in ["/", "/waves", "/accounts", &format!("/waves/{}", wave.id), &format!("/waves/{}/export/ranking.csv", wave.id)] {
            assert_eq!(stranger.get(path).await.location(), "/sign-in", "{path}");
        }
        let mut lead = Browser::administrator(app).await;
        for path in ["/waves/nonsense", "/waves/019a0000-0000-7000-8000-000000000000", "/nowhere"] {
            assert_eq!(lead.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}

async fn lead_home(lead: &mut Browser) -> String {
    lead.get("/").await.location().to_owned()
}
