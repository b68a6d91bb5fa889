//! A server that is killed in the middle of answers.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;

use tribometer::clock::{Clock, SystemClock};
use uuid::Uuid;

use crate::command_line::Server;
use crate::fixture::{Participant, count, open_wave};

/// How many answer at the same time.
const AT_ONCE: usize = 8;
/// With so many submits acknowledged the server is killed.
const ENOUGH: usize = 15;

/// Posts a page of the form over a connection of its own; the status, unless the server is gone.
fn post(address: &str, person: &Participant, fields: &str) -> Option<u16> {
    let link = person.link();
    let length = fields.len();
    let request = format!(
        "POST {link} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{fields}"
    );
    let mut connection = TcpStream::connect(address).ok()?;
    connection.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

/// Everybody answers, and the server is killed in between; whose submit it acknowledged.
fn answer_until_killed(server: &Server, people: &[Participant]) -> BTreeSet<Uuid> {
    let (left, acknowledged) = (Mutex::new(people.iter()), Mutex::new(BTreeSet::new()));
    std::thread::scope(|threads| {
        for _ in 0..AT_ONCE {
            threads.spawn(|| {
                loop {
                    let Some(person) = left.lock().expect("a queue").next() else {
                        return;
                    };
                    let draft = "page=1&go=next&test-feedback=2&code-review=3";
                    let submit = "page=6&go=submit&comment=Slow+builds";
                    for fields in [draft, submit] {
                        match post(&server.address, person, fields) {
                            Some(status) => assert_eq!(status, 303),
                            None => return,
                        }
                    }
                    let mut acknowledged = acknowledged.lock().expect("a list");
                    acknowledged.insert(person.invitation);
                    if acknowledged.len() == ENOUGH {
                        server.kill();
                    }
                }
            });
        }
    });
    acknowledged.into_inner().expect("a list")
}

both_databases! {
    /// Every submit that was acknowledged is there afterwards, whole, and no other is there by
    /// half.
    async fn no_acknowledged_answer_is_lost(app: &TestApp) {
        app.clock.set(SystemClock.now());
        let wave = open_wave(app, "2026-Q4", &[("Engineering / Payments", "backend"); 40]).await;
        let server = Server::start(app.tribometer());
        let acknowledged = tokio::task::block_in_place(|| answer_until_killed(&server, &wave.people));
        drop(server);
        assert!((ENOUGH..wave.people.len()).contains(&acknowledged.len()), "{} were acknowledged", acknowledged.len());

        let server = Server::start(app.tribometer());
        for person in &wave.people {
            let again = tokio::task::block_in_place(|| post(&server.address, person, "page=1&go=save&test-feedback=4"));
            // Gone is what an invitation says whose answers are in.
            let is_in = again == Some(410);
            assert!(is_in || !acknowledged.contains(&person.invitation), "an acknowledged submit is lost: {again:?}");
        }
        server.stop();
        let used = count(app, "SELECT count(*) FROM invitation WHERE state = 'used'").await;
        assert!(used >= acknowledged.len() as i64);
        let whole = "SELECT count(*) FROM response WHERE CAST(answers AS text) LIKE '%test-feedback%' AND CAST(answers AS text) LIKE '%code-review%'";
        assert_eq!(count(app, whole).await, used);
        assert_eq!(count(app, "SELECT count(*) FROM comment").await, used);
    }
}
