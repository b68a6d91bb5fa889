//! The part of an analysis that a data frame library or a database does as well, for
//! `benches/peers`: favorable shares by team and item, medians of PR cycle time by team, and the
//! two joined. Reads the files of a folder that `generate` wrote, and prints the joined table.
//!
//! `cargo run --release -p tribometer-analytics --example peer -- FOLDER`

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use tribometer_analytics::answers::ItemRatings;
use tribometer_analytics::files::responses::{self, Map};
use tribometer_analytics::files::{self, people, records};
use tribometer_analytics::groups::{Groups, Tree};
use tribometer_analytics::{medians_of_teams, scores};
use tribometer_surveys::builtin::devex_25;
use tribometer_surveys::telemetry::bots::Bots;
use tribometer_surveys::telemetry::metrics::{self, Source};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: peer FOLDER")?;
    let open = |name: &str| files::open(&Path::new(&folder).join(name));
    let survey = devex_25();
    let systems = || -> Result<_, Box<dyn Error + Send + Sync>> {
        let people = || people::read(&open("people.csv")?);
        let pull_requests = Path::new(&folder).join("pull_requests.csv");
        let (people, file) = rayon::join(people, || {
            records::File::open(&pull_requests, Source::PullRequests)
        });
        let (rows, file) = (people?.rows, file?);
        let people: Vec<_> = rows.into_iter().map(|row| row.person).collect();
        let files = [(Source::PullRequests, file)];
        Ok(records::read_all(&files, Some(&people), &Bots::default())?.tables)
    };
    let answers = || -> Result<_, Box<dyn Error + Send + Sync>> {
        Ok(responses::read(
            &open("responses.csv")?,
            survey,
            &Map::default(),
        )?)
    };
    let (tables, responses) = rayon::join(systems, answers);
    let (tables, responses) = (
        tables.map_err(|cause| cause.to_string())?,
        responses.map_err(|cause| cause.to_string())?,
    );

    let groups = Groups::new(Tree::of([&responses.people]), &[], std::iter::empty());
    let items: Vec<ItemRatings> = responses.ratings().collect();
    let counts = scores::count(&groups, &groups.place(&responses.people), &items);
    let metric = metrics::find("pr.cycle_time").ok_or("no such metric")?;
    let times = medians_of_teams(&tables, &groups.tree, metric);

    let mut out = String::from("team,item,n,favorable,cycle_time\n");
    for (node, team) in groups.tree.paths.iter().enumerate() {
        let is_team = groups.tree.ends[node] == node + 1;
        let Some(median) = times[node].filter(|_| is_team) else {
            continue;
        };
        for (item, column) in items.iter().enumerate() {
            let ratings = &counts[node * items.len() + item];
            if ratings.n() > 0 {
                let share = f64::from(ratings.favorable()) / f64::from(ratings.n());
                writeln!(
                    out,
                    "{team},{},{},{share},{median}",
                    column.item,
                    ratings.n()
                )?;
            }
        }
    }
    Ok(std::io::stdout().write_all(out.as_bytes())?)
}
