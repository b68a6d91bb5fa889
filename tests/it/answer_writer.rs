//! The group commit of drafts and responses.

use tribometer_store::Error;
use tribometer_store::answer_writer::{Submission, Written};
use tribometer_store::comment::Comment;
use tribometer_store::draft::Draft;
use tribometer_store::response::Response;
use uuid::Uuid;

use crate::fixture::{OpenWave, Participant, count, open_wave};
use crate::support::TestApp;

fn submission(app: &TestApp, wave: &OpenWave, person: &Participant) -> Submission {
    let day = app.now().date_naive();
    Submission {
        invitation: person.invitation,
        response: Response {
            id: Uuid::new_v4(),
            wave: wave.id,
            pseudonym: Some(app.secrets.pseudonym(person.person).to_vec()),
            team_path: person.team.clone(),
            attributes: Default::default(),
            answers: Default::default(),
            day,
        },
        comments: vec![Comment {
            id: Uuid::new_v4(),
            wave: wave.id,
            item: "comment".to_owned(),
            team_path: person.team.clone(),
            text: "More time".to_owned(),
            day,
        }],
    }
}

fn draft(app: &TestApp, person: &Participant, sealed: u8) -> Draft {
    Draft {
        invitation: person.invitation,
        sealed: vec![sealed; 1024],
        day: app.now().date_naive(),
    }
}

both_databases! {
    /// One that can't be written fails alone; its neighbors in the same transaction are written.
    async fn a_failing_operation_does_not_fail_its_neighbors(app: &TestApp) {
        let wave = open_wave(app, "2026-Q4", &[("Engineering", "backend"); 60]).await;
        let mut operations = Vec::new();
        for (number, person) in wave.people.iter().enumerate() {
            let mut submission = submission(app, &wave, person);
            if number == 30 {
                submission.comments[0].wave = Uuid::now_v7(); // there is no such wave
            }
            let answers = app.answers.clone();
            operations.push(tokio::spawn(async move { answers.submit(submission).await }));
        }
        for (number, operation) in operations.into_iter().enumerate() {
            match operation.await.expect("an answer") {
                Ok(written) => assert_eq!((written, number == 30), (Written::Done, false)),
                Err(error) => assert!(number == 30 && matches!(error, Error::Conflict(_)), "{number}: {error}"),
            }
        }
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 59);
        assert_eq!(count(app, "SELECT count(*) FROM comment").await, 59);
        assert_eq!(count(app, "SELECT count(*) FROM invitation WHERE state = 'used'").await, 59);
    }

    /// The last draft of several stays, a submit takes it away, and one that comes late is not
    /// kept.
    async fn drafts_follow_their_invitation(app: &TestApp) {
        let wave = open_wave(app, "2026-Q4", &[("Engineering", "backend"); 2]).await;
        let person = &wave.people[0];
        for sealed in [1, 2, 3] {
            assert_eq!(app.answers.save(wave.id, draft(app, person, sealed)).await.expect("no error"), Written::Done);
        }
        assert_eq!(count(app, "SELECT count(*) FROM draft").await, 1);
        let (again, once_more) = (submission(app, &wave, person), submission(app, &wave, person));
        let late = draft(app, person, 4);
        let all = tokio::join!(app.answers.submit(again), app.answers.save(wave.id, late), app.answers.submit(once_more));
        let all = [all.0, all.1, all.2].map(|written| written.expect("no error"));
        assert_eq!(all, [Written::Done, Written::Used, Written::Used]);
        assert_eq!(count(app, "SELECT count(*) FROM draft").await, 0);
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 1);
    }

    /// Unknown invitations and waves store nothing.
    async fn what_is_not_there_stores_nothing(app: &TestApp) {
        let wave = open_wave(app, "2026-Q4", &[("Engineering", "backend"); 2]).await;
        let mut foreign = submission(app, &wave, &wave.people[0]);
        foreign.invitation = Uuid::now_v7();
        assert_eq!(app.answers.submit(foreign).await.expect("no error"), Written::Closed);
        let mut elsewhere = submission(app, &wave, &wave.people[0]);
        elsewhere.response.wave = Uuid::now_v7();
        assert_eq!(app.answers.submit(elsewhere).await.expect("no error"), Written::Closed);
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 0);
    }
}
