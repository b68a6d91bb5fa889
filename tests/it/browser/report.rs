//! The report as one file: it is searched, sorted and switched in a browser, and read without a
//! script.

use fantoccini::Locator;
use tempfile::TempDir;
use tribometer_findings::{Findings, Group, Score};
use tribometer_reports::html::report_file;

use super::{Browser, barriers};

/// The sample with sixty more teams, as a file; the last of them is the happiest.
fn file() -> (TempDir, String) {
    let mut findings = Findings::sample();
    let scores: Vec<Score> = findings.scores.iter().take(25).cloned().collect();
    for at in 0..60 {
        let team = format!("Engineering / Web / Team {at}");
        findings.groups.push(Group {
            team: team.clone(),
            attribute: None,
            value: None,
            invited: Some(9),
            responded: Some(8),
            hidden: None,
        });
        findings.scores.extend(scores.iter().map(|score| {
            let mut score = Score {
                team: team.clone(),
                n: Some(8),
                ..score.clone()
            };
            score.favorable.as_mut().expect("a share").value = 0.4 + 0.01 * f64::from(at);
            score
        }));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.html");
    std::fs::write(&path, report_file(&findings)).expect("a file");
    let address = format!("file://{}", path.display());
    (folder, address)
}

const HEAT: &str = "document.querySelector('.heat').tBodies[0]";

/// The names of the first groups that the table shows.
async fn first_group(browser: &Browser) -> String {
    browser.text(".heat tbody th").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_found_among_many_and_pages_turn() {
    let (_folder, address) = file();
    let browser = Browser::start().await;
    browser.goto(&address).await.expect("a page");
    assert_eq!(browser.value(&format!("{HEAT}.rows.length")).await, 25);
    let controls = "section:has(> h2#groups, .sectionhead #groups) .pages";
    let status = format!("{controls} [role=status]");
    assert_eq!(browser.text(&status).await, "1 to 25 of 72");
    browser
        .click(&format!("{controls} button:last-child"))
        .await;
    assert_eq!(browser.text(&status).await, "26 to 50 of 72");

    let field = browser
        .find(Locator::Css(&format!("{controls} input")))
        .await;
    field
        .expect("a field")
        .send_keys("team 59")
        .await
        .expect("keys");
    assert_eq!(browser.text(&status).await, "1 to 1 of 1");
    assert!(first_group(&browser).await.starts_with("Team 59 n 8"));
    assert_eq!(barriers(&browser).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_sorted_by_what_they_show() {
    let (_folder, address) = file();
    let browser = Browser::start().await;
    browser.size(1280, 900, false).await;
    browser.goto(&address).await.expect("a page");
    // The worst area of all groups first, then the best.
    browser.click(".heat thead th:nth-child(2) button").await;
    assert!(!first_group(&browser).await.contains("Team 59"));
    browser.click(".heat thead th:nth-child(2) button").await;
    assert!(first_group(&browser).await.contains("Team 59"));

    let first_area = async || browser.text(".ranking tbody th").await;
    assert!(first_area().await.starts_with("Test feedback"));
    for (heading, area) in [
        ("Change", "Test feedback"),
        ("Impact", "Autonomy"),
        ("Joined", "Code review"),
        ("What the data says", "Code review"),
        ("Favorable", "Test feedback"),
        ("Worst three", "Test feedback"),
        ("Area", "AI assistance"),
        ("Cost", "Test feedback"),
    ] {
        let click = format!(
            "[...document.querySelectorAll('.ranking thead button')].find(button => button.textContent.startsWith('{heading}')).click()"
        );
        browser.value(&click).await;
        let first = first_area().await;
        assert!(first.starts_with(area), "by {heading}: {first}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn raw_and_shrunken_values_are_switched_without_a_script() {
    let (_folder, address) = file();
    let browser = Browser::without_javascript().await;
    browser.goto(&address).await.expect("a page");
    let cell = ".heat tbody td";
    assert_eq!(browser.text(cell).await, "34");
    browser.click("#heat-shrunken").await;
    assert_eq!(browser.text(cell).await.replace('\n', " "), "2.4 2.4");
    assert!(browser.text(".heat tbody th").await.contains('±'));
}
