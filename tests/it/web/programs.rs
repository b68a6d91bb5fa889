//! Opening and closing waves by hand.

use axum::http::StatusCode;
use tribometer::service::programs;
use tribometer_surveys::program::Program;

use super::Browser;
use crate::directory;
use crate::fixture::{count, text};

both_databases! {
    /// Open, open again, close under a wrong name, close, close again.
    async fn an_administrator_opens_and_closes_a_wave(app: &TestApp) {
        let mut browser = Browser::administrator(app).await;
        insta::assert_snapshot!("no_program", browser.get("/programs").await.text());
        directory::import(app, directory::PEOPLE).await;
        let settings = Program::new("Engineering survey", "devex-25", chrono_tz::Europe::Berlin);
        let program = programs::add(app, settings).await.expect("a program");
        insta::assert_snapshot!("planned", browser.get("/programs").await.text());
        let open = format!("/programs/{}/open", program.id);
        let opened = browser.post(&open, &[]).await.location().to_owned();
        assert_eq!(count(app, "SELECT count(*) FROM invitation").await, 3);
        let again = browser.post(&open, &[]).await;
        assert_eq!((again.status, again.count(".notice.bad")), (StatusCode::CONFLICT, 1));
        let label = text(app, "SELECT label FROM wave WHERE state = 'open'").await;
        let close = format!("{opened}/close");
        assert_eq!(browser.get(&close).await.status, StatusCode::OK);
        let mistyped = browser.post(&close, &[("label", "yes")]).await;
        assert_eq!((mistyped.status, mistyped.count("#label-error")), (StatusCode::UNPROCESSABLE_ENTITY, 1));
        assert_eq!(count(app, "SELECT count(*) FROM wave WHERE state = 'open'").await, 1);
        assert_eq!(browser.post(&close, &[("label", &label)]).await.location(), opened);
        assert!(browser.get(&opened).await.text().contains("The results are being computed"));
        assert_eq!(browser.post(&close, &[("label", &label)]).await.status, StatusCode::CONFLICT);
        let log = "SELECT count(*) FROM audit_entry WHERE account_id IS NOT NULL AND action IN ('wave.opened', 'wave.closed')";
        assert_eq!(count(app, log).await, 2);
    }

    /// With what is usual, with wishes, with nonsense.
    async fn an_administrator_plans_a_wave(app: &TestApp) {
        let mut browser = Browser::administrator(app).await;
        let rows = (0..60).map(|number| {
            let team = if number < 3 { "Search" } else { "Payments" };
            format!("p{number}@example.org,Engineering / {team}\n")
        });
        directory::import(app, &format!("email,team\n{}", rows.collect::<String>())).await;
        let settings = Program::new("Engineering survey", "devex-25", chrono_tz::Europe::Berlin);
        let program = programs::add(app, settings).await.expect("a program");
        let address = format!("/programs/{}/plan", program.id);
        insta::assert_snapshot!("plan", browser.get(&address).await.text());
        let wished = browser.get(&format!("{address}?rate=100&change=0.5")).await;
        assert!(wished.text().contains("A change of 0.50 points takes"), "{}", wished.text());
        for nonsense in ["rate=many", "rate=0", "rate=101", "change=-1", "change=5"] {
            let refused = browser.get(&format!("{address}?{nonsense}")).await;
            assert_eq!((refused.status, refused.count("#plan-error")), (StatusCode::UNPROCESSABLE_ENTITY, 1), "{nonsense}");
        }
        assert_eq!(browser.get("/programs/019a0000-0000-7000-8000-000000000000/plan").await.status, StatusCode::NOT_FOUND);
    }

    /// A lead may look, but not act.
    async fn leads_open_and_close_nothing(app: &TestApp) {
        let mut lead = Browser::lead(app).await;
        let nobody = "019a0000-0000-7000-8000-000000000000";
        assert_eq!(lead.get("/programs").await.status, StatusCode::FORBIDDEN);
        assert_eq!(lead.post(&format!("/programs/{nobody}/open"), &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(lead.get(&format!("/programs/{nobody}/plan")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(lead.get(&format!("/waves/{nobody}/close")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(lead.post(&format!("/waves/{nobody}/close"), &[("label", "x")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(lead.get("/waves").await.status, StatusCode::OK);
    }
}
