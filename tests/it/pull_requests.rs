//! pull_requests.csv: authors matched to people, bots set aside, clocks that were wrong, repeated imports.

use tribometer::service::import::ImportError;
use tribometer::service::progress::SILENT;
use tribometer::service::pull_requests::{self, Summary, UnmatchedAuthor};
use tribometer::store::pull_request;
use tribometer_reports::files::{Text, pull_requests::PullRequestsFile};
use tribometer_reports::pull_request::Phase;

use crate::directory;
use crate::support::TestApp;

async fn import_with(app: &TestApp, csv: &[u8], dry_run: bool) -> Result<Summary, ImportError> {
    let text = Text::new("pull_requests.csv", csv.to_vec())?;
    let file = PullRequestsFile::new(&text)?;
    pull_requests::import(app, file.rows(), dry_run, SILENT).await
}

/// Brings a pull_requests.csv in.
pub async fn import(app: &TestApp, csv: &str) -> Summary {
    import_with(app, csv.as_bytes(), false)
        .await
        .expect("the file is sound")
}

const PULL_REQUESTS: &str = "\
repository,number,author,first_commit_at,created_at,first_review_at,merged_at
example/ledger,1,ADA,2026-09-01T08:00:00Z,2026-09-01T10:00:00+02:00,2026-09-01T12:00:00Z,2026-09-02T08:00:00Z
example/ledger,2,lin@example.org,2026-09-03T12:00:00Z,2026-09-03T08:00:00Z,2026-09-03T13:00:00Z,2026-09-03T14:00:00Z
example/ledger,3,dependabot[bot],,2026-09-03T08:00:00Z,,2026-09-03T14:00:00Z
example/search,1,stranger,,2026-09-03T08:00:00Z,,
example/search,2,stranger,,2026-09-04T08:00:00Z,,
example/search,3,passer-by,,2026-09-05T08:00:00Z,,
";

async fn count(app: &TestApp) -> u64 {
    pull_request::count(app.store.reader())
        .await
        .expect("a count")
}

both_databases! {
    async fn the_summary_says_how_many_of_each(app: &TestApp) {
        directory::import(app, directory::PEOPLE).await;
        let summary = import(app, PULL_REQUESTS).await;
        let author = |author: &str, pull_requests| UnmatchedAuthor { author: author.to_owned(), pull_requests };
        let expected = Summary {
            rows: 6,
            created: 6,
            merged: 3,
            bots: 1,
            matched: 2,
            unmatched: 3,
            unmatched_authors: vec![author("stranger", 2), author("passer-by", 1)],
            negative: [(Phase::Coding, 1)].into(),
            ..Summary::default()
        };
        assert_eq!(summary, expected);
    }

    async fn a_pull_request_that_comes_again_is_updated(app: &TestApp) {
        import(app, PULL_REQUESTS).await;
        let later = "\
repository,number,author,created_at,merged_at
example/search,1,stranger,2026-09-03T08:00:00Z,2026-09-06T08:00:00Z
example/search,1,stranger,2026-09-03T08:00:00Z,2026-09-07T08:00:00Z
example/search,9,stranger,2026-09-03T08:00:00Z,2026-09-07T08:00:00Z
";
        let summary = import(app, later).await;
        assert_eq!((summary.created, summary.updated, summary.repeated), (1, 1, 1));
        assert_eq!(count(app).await, 7);
        let day = |day: &str| format!("{day}T00:00:00Z").parse().expect("an instant");
        let merged = pull_request::merged_between(app.store.reader(), day("2026-09-05"), day("2026-09-10")).await.expect("rows");
        let merged: Vec<_> = merged.iter().map(|row| (row.number, row.merged_at)).collect();
        let seventh = "2026-09-07T08:00:00Z".parse().ok();
        assert_eq!(merged, [(1, seventh), (9, seventh)]);
        // Before the seventh both were open.
        let open = pull_request::unmerged_between(app.store.reader(), day("2026-09-05"), day("2026-09-07")).await.expect("rows");
        let open: Vec<i64> = open.iter().map(|row| row.number).filter(|number| [1, 9].contains(number)).collect();
        assert_eq!(open, [1, 9]);
    }

    async fn pull_requests_find_authors_who_come_later(app: &TestApp) {
        import(app, PULL_REQUESTS).await;
        let summary = directory::import(app, directory::PEOPLE).await;
        assert_eq!(summary.pull_requests_matched, 2);
        assert_eq!(directory::import(app, directory::PEOPLE).await.pull_requests_matched, 0);
        let unmatched = pull_request::unmatched_authors(app.store.reader()).await.expect("authors");
        assert_eq!(unmatched.len(), 2, "{unmatched:?}");
    }

    async fn a_dry_run_stores_nothing(app: &TestApp) {
        let summary = import_with(app, PULL_REQUESTS.as_bytes(), true).await.expect("sound");
        assert_eq!((summary.created, summary.dry_run), (6, true));
        assert_eq!(count(app).await, 0);
    }

    async fn a_bad_file_is_refused_as_a_whole_with_every_bad_cell_named(app: &TestApp) {
        let bad = "\
repository,number,author,created_at,merged_at,commits
example/ledger,1,ada,2026-09-01T10:00:00,2026-09-02T08:00:00Z,1
,two,,01.09.2026,,-3
example/ledger,3,ada,2026-09-01T10:00:00Z,2026-13-02T08:00:00Z,
";
        let error = import_with(app, bad.as_bytes(), false).await.expect_err("the file is refused");
        insta::assert_snapshot!("bad_pull_requests", error.to_string());
        assert_eq!(count(app).await, 0);
    }
}
