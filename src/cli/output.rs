//! Data on stdout, where a reader that has seen enough (`| head`) is no failure; and files that
//! appear whole.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use anyhow::Context;

/// Writes bytes.
pub fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    match io::stdout().write_all(bytes) {
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Writes text.
pub fn text(text: impl Display) -> anyhow::Result<()> {
    bytes(text.to_string().as_bytes())
}

/// Writes text and a line end.
pub fn line(text: impl Display) -> anyhow::Result<()> {
    self::text(format_args!("{text}\n"))
}

/// Makes the folder that files go to, where it is missing.
pub fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the folder {} can't be made", folder.display()))
}

/// Writes a file in place of an older one: whoever reads meanwhile sees the old one or the new one,
/// never half of one.
pub fn replace(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    std::fs::write(&draft, content)
        .and_then(|()| std::fs::rename(&draft, path))
        .with_context(|| format!("{} can't be written", path.display()))
}
