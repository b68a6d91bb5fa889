//! Writes people.csv, responses.csv and pull_requests.csv of a generated organization, for
//! measuring.
//!
//! `cargo run --release -p tribometer-reports --example generate -- DIR [PEOPLE] [PULL_REQUESTS]
//! [SEED]`

mod organization;

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::PathBuf;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: generate DIR [PEOPLE] [PULL_REQUESTS] [SEED]");
        std::process::exit(2);
    };
    let mut number = |usual: usize| arguments.next().map_or(Ok(usual), |text| text.parse());
    let invalid = |cause| io::Error::new(io::ErrorKind::InvalidInput, cause);
    let people = number(100_000).map_err(invalid)?;
    let pull_requests = number(1_000_000).map_err(invalid)?;
    let seed = number(1).map_err(invalid)? as u64;
    std::fs::create_dir_all(&folder)?;
    let create = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
    organization::people(&mut create("people.csv")?, people)?;
    organization::responses(&mut create("responses.csv")?, people, seed)?;
    organization::pull_requests(
        &mut create("pull_requests.csv")?,
        people,
        pull_requests,
        seed,
    )
}
