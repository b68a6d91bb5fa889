//! The report as a reader and a browser meet it.

use scraper::{ElementRef, Html, Selector};
use tribometer_findings::version_0::English;
use tribometer_findings::{Estimate, Findings, Group, Hidden, MetricMonth, Note, Score, Verdict};
use tribometer_reports::html::{
    Export, ExportGroup, ExportLink, Links, SCRIPT, STYLE_SHEET, report_body, report_file,
};

/// Responses and nothing else: no roster, no previous wave, no pull requests, no picks, no teams.
fn bare() -> Findings {
    let mut findings = Findings::sample();
    findings.previous = None;
    findings.invited = None;
    findings.index_change = None;
    findings.hours = None;
    findings.systems.clear();
    findings.changes.clear();
    findings.drivers.clear();
    findings.evidence.clear();
    findings.metrics.clear();
    findings.team_metrics.clear();
    findings.comments.clear();
    findings.notes.clear();
    findings.groups.truncate(1);
    findings.groups[0].invited = None;
    for row in &mut findings.ranking {
        row.change = None;
        row.impact = None;
        row.joined = None;
        row.votes = None;
        row.hours_per_week = None;
        row.verdict = Verdict::NoMetric;
    }
    findings
}

/// What can be read, a line each for headings, rows, paragraphs and other blocks.
fn text(html: &str) -> String {
    let page = Html::parse_fragment(html);
    let blocks =
        Selector::parse("h1, h2, h3, p, li, tr, dt, dd, summary, figcaption, .empty strong")
            .expect("a selector");
    let inner = Selector::parse("p, li, tr, dt").expect("a selector");
    page.select(&blocks)
        .filter(|block| block.select(&inner).next().is_none())
        .map(words)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// An element's text with single spaces, cells apart.
fn words(element: ElementRef) -> String {
    let cells = Selector::parse("td, th").expect("a selector");
    let join = |element: ElementRef| {
        element
            .text()
            .collect::<String>()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let row: Vec<String> = element.select(&cells).map(join).collect();
    if row.is_empty() {
        join(element)
    } else {
        row.join(" | ")
    }
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).expect("a selector"))
        .collect()
}

#[test]
fn a_full_wave_reads_well() {
    insta::assert_snapshot!(text(&report_body(&Findings::sample(), &Links::default())));
}

#[test]
fn a_wave_with_nothing_but_responses_says_what_is_missing() {
    insta::assert_snapshot!(text(&report_body(&bare(), &Links::default())));
}

#[test]
fn a_wave_without_answers_still_has_a_page() {
    let mut findings = bare();
    findings.responded = 0;
    findings.index = None;
    findings.ranking.clear();
    findings.groups.clear();
    findings.scores.clear();
    let page = report_body(&findings, &Links::default());
    assert!(page.contains("not enough answers to rank anything yet"));
    assert!(page.contains("Nothing to rank yet"));
}

#[test]
fn pages_are_well_formed_and_their_ids_unique() {
    for findings in [Findings::sample(), bare()] {
        let file = report_file(&findings);
        let page = Html::parse_document(&file);
        assert_eq!(page.errors, Vec::<std::borrow::Cow<str>>::new());
        let mut ids: Vec<&str> = select(&page, "[id]")
            .iter()
            .filter_map(|element| element.value().id())
            .collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id stands twice");
        for link in select(&page, "a[href^='#'], [aria-labelledby]") {
            let targets = link
                .attr("href")
                .map(|href| &href[1..])
                .or(link.attr("aria-labelledby"))
                .unwrap_or_default();
            for target in targets.split(' ') {
                assert!(ids.contains(&target), "nothing has the id {target}");
            }
        }
    }
}

#[test]
fn every_method_is_linked_from_the_numbers_that_it_makes() {
    let body = report_body(&Findings::sample(), &Links::default());
    let page = Html::parse_fragment(&body);
    for method in select(&page, "[id^=method-]") {
        let id = method.attr("id").expect("an id");
        let links = select(&page, &format!("a[href='#{id}']"));
        assert!(!links.is_empty(), "nothing leads to {id}");
    }
    assert_eq!(
        select(&page, ".figures dt").len(),
        select(&page, ".figures dt a.how").len()
    );
    // A mark is not read as a mere question mark.
    for mark in select(&page, "a.how") {
        assert!(
            mark.attr("aria-label")
                .is_some_and(|name| name.starts_with("Method: "))
        );
    }
    let without: Vec<String> = select(&page, ".ranking th[data-sort]")
        .into_iter()
        .map(words)
        .filter(|head| !head.ends_with('?'))
        .collect();
    assert_eq!(without, ["Area"]);
}

#[test]
fn every_column_of_the_ranking_can_be_sorted() {
    let body = report_body(&Findings::sample(), &Links::default());
    let page = Html::parse_fragment(&body);
    assert_eq!(select(&page, ".ranking thead th").len(), 12);
    assert_eq!(select(&page, ".ranking thead th[data-sort]").len(), 12);
}

#[test]
fn money_is_shown_with_its_interval_where_it_is_known() {
    let mut findings = Findings::sample();
    let body = report_body(&findings, &Links::default());
    assert!(body.contains("At 80 an hour, 30.9 million a year in all (28.3 to 33.5)"));
    assert!(
        body.contains("<small>million a year</small>")
            && body.contains("6.2 <small>5.1–7.2</small>")
    );
    findings.hours.as_mut().expect("hours").cost_per_year = None;
    findings
        .ranking
        .iter_mut()
        .for_each(|row| row.cost_per_year = None);
    let body = report_body(&findings, &Links::default());
    assert!(!body.contains("a year in all") && !body.contains("data-l=m"));
}

#[test]
fn a_file_of_many_teams_shows_some_rows_and_brings_the_others_as_lines() {
    let mut findings = Findings::sample();
    for at in 0..3_000 {
        let team = format!("Engineering / Web / {at}");
        findings.groups.push(Group {
            team: team.clone(),
            attribute: None,
            value: None,
            invited: Some(9),
            responded: Some(8),
            hidden: None,
        });
        let scores: Vec<Score> = (findings.scores.iter().take(25))
            .map(|score| Score {
                team: team.clone(),
                n: Some(8),
                ..score.clone()
            })
            .collect();
        findings.scores.extend(scores);
    }
    let file = report_file(&findings);
    let page = Html::parse_document(&file);
    assert!(select(&page, "tr").len() < 150);
    let lines = |selector: &str| -> usize {
        let stores = select(&page, selector);
        stores
            .iter()
            .map(|store| store.inner_html().lines().count())
            .sum()
    };
    assert!(lines("template.heat-rows") >= findings.groups.len());
    assert!(file.len() < 2_000_000, "{} bytes", file.len());
    let body = report_body(&findings, &Links::default());
    assert!(!body.contains("<template"));
}

#[test]
fn the_body_keeps_a_strict_content_security_policy() {
    let body = report_body(&Findings::sample(), &Links::default());
    for forbidden in [
        "style=",
        "<script",
        "<style",
        "onclick",
        "javascript:",
        "http-equiv",
    ] {
        assert!(!body.contains(forbidden), "{forbidden} in the body");
    }
}

#[test]
fn the_file_fetches_nothing() {
    let file = report_file(&Findings::sample());
    let page = Html::parse_document(&file);
    assert!(select(&page, "link, img, iframe, script[src], [srcset]").is_empty());
    assert!(
        select(&page, "a[href]")
            .iter()
            .all(|link| link.attr("href").is_some_and(|href| href.starts_with('#')))
    );
    assert!(file.contains("default-src 'none'"));
}

#[test]
fn words_of_people_and_teams_are_escaped() {
    let mut findings = Findings::sample();
    let attack = "<script>alert(1)</script>\"'";
    findings.comments[0].text = attack.into();
    findings.groups[4].team = format!("Engineering / {attack}");
    findings.evidence[0].points[0].team = attack.into();
    findings.evidence[0].name = attack.into();
    findings.evidence[1].sentence = Some(English(attack.into()));
    findings.notes.push(Note::English(English(attack.into())));
    findings.ranking[0].name = attack.into();
    findings.wave = attack.into();
    assert!(!report_body(&findings, &Links::default()).contains("<script"));
    assert_eq!(
        select(&Html::parse_document(&report_file(&findings)), "script").len(),
        1
    );
}

#[test]
fn a_hidden_group_shows_its_reason_and_no_number() {
    let mut findings = Findings::sample();
    let group = findings
        .groups
        .iter_mut()
        .find(|group| group.hidden.is_some())
        .expect("a hidden group");
    group.hidden = Some(Hidden::WouldReveal);
    // What privacy takes out is put back, to see that a page does not take it from there either.
    group.responded = Some(4);
    let team = group.team.clone();
    for score in findings
        .scores
        .iter_mut()
        .filter(|score| score.team == team)
    {
        score.favorable = Some(Estimate {
            value: 0.77,
            low: 0.5,
            high: 0.9,
        });
        score.n = Some(4);
    }
    let body = report_body(&findings, &Links::default());
    let page = Html::parse_fragment(&body);
    let rows: Vec<String> = select(&page, "tr")
        .into_iter()
        .map(words)
        .filter(|row| row.starts_with("Data tools"))
        .collect();
    assert_eq!(
        rows,
        [
            "Data tools | Hidden: it would give away another group",
            "Data tools | 4 | Hidden: it would give away another group"
        ]
    );
}

#[test]
fn charts_take_the_pages_font_and_colors() {
    let body = report_body(&Findings::sample(), &Links::default());
    let page = Html::parse_fragment(&body);
    let charts = select(&page, "figure.chart > svg");
    assert_eq!(charts.len(), 6);
    for chart in charts {
        let svg = chart.html();
        assert_eq!(chart.attr("role"), Some("img"));
        assert!(
            !svg.contains("font-family") && !svg.contains('#'),
            "a fixed font or color"
        );
        for label in chart.select(&Selector::parse("text, title, desc").expect("a selector")) {
            assert!(!words(label).is_empty(), "empty text in a chart");
        }
    }
}

#[test]
fn a_page_without_its_charts_weighs_under_sixty_kilobytes_however_large_the_organization() {
    let mut findings = Findings::sample();
    for copy in 0..40 {
        let other = Findings::sample();
        let renamed = |team: String| format!("{team} {copy}");
        findings
            .groups
            .extend(other.groups.into_iter().map(|group| Group {
                team: renamed(group.team),
                ..group
            }));
        findings
            .scores
            .extend(other.scores.into_iter().map(|score| Score {
                team: renamed(score.team),
                ..score
            }));
        findings
            .metrics
            .extend(other.metrics.into_iter().map(|month| MetricMonth {
                team: renamed(month.team),
                ..month
            }));
    }
    let body = report_body(&findings, &Links::default());
    let page = Html::parse_fragment(&body);
    let charts: usize = select(&page, "svg")
        .iter()
        .map(|svg| svg.html().len())
        .sum();
    assert!(
        body.len() - charts < 60 * 1024,
        "{} bytes",
        body.len() - charts
    );
    let kept = (STYLE_SHEET.len(), SCRIPT.len());
    assert!(
        kept.0 < 24_000 && kept.1 < 8_000,
        "{kept:?} bytes that a browser keeps"
    );
}

#[test]
fn exports_are_offered_where_there_are_any() {
    let links = Links {
        exports: vec![ExportGroup {
            title: "One table",
            exports: vec![Export {
                name: "Ranking",
                links: ["CSV", "Other"]
                    .map(|format| ExportLink {
                        format,
                        href: format!("/waves/1/export/ranking.{format}"),
                    })
                    .to_vec(),
            }],
        }],
        methods: Some("/docs/methods".into()),
        groups: Some("/waves/1/groups".into()),
    };
    let body = report_body(&Findings::sample(), &links);
    let page = Html::parse_fragment(&body);
    let words = |link: &ElementRef| link.text().collect::<String>();
    let names: Vec<String> = select(&page, ".menu-items a").iter().map(words).collect();
    assert_eq!(names, ["Ranking CSV", "Ranking Other"]);
    assert!(body.contains("/docs/methods"));
    // All groups of the sample are on the page, so that there are no others to look for.
    assert!(!body.contains("/waves/1/groups"));
}
