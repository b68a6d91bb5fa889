//! Folders, free space and file permissions.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Check;

/// Less free space than this and the next import or backup may fail.
const LITTLE: u64 = 1 << 30;
/// Less than this and the next answers may be lost.
const TOO_LITTLE: u64 = 100 << 20;

/// Whether files can be written into the folder, and how many.
pub(super) fn data_folder(folder: &Path) -> Vec<Check> {
    const NAME: &str = "data folder";
    const ADVICE: &str = "Set `data_dir` to a folder that this user may write to.";
    if !folder.exists() {
        let finding = format!("The first start makes {}.", folder.display());
        return vec![Check::ok(NAME, finding)];
    }
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::File::create(&probe).and_then(|mut file| {
        file.write_all(b"written by tribometer doctor")?;
        file.sync_all()
    });
    let removed = std::fs::remove_file(&probe);
    let others =
        std::fs::metadata(folder).is_ok_and(|folder| folder.permissions().mode() & 0o007 != 0);
    let writable = match written.and(removed) {
        Ok(()) if others => Check::warn(
            NAME,
            format!(
                "Everybody on this machine may look into {}.",
                folder.display()
            ),
            format!("Run `chmod 700 {}`.", folder.display()),
        ),
        Ok(()) => Check::ok(NAME, format!("{} can be written to.", folder.display())),
        Err(cause) => Check::fail(
            NAME,
            format!("{} can't be written to: {cause}.", folder.display()),
            ADVICE,
        ),
    };
    let space = match rustix::fs::statvfs(folder) {
        Ok(disk) => free_space(disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(cause) => Check::warn(
            "disk",
            format!("Its free space is unknown: {cause}."),
            ADVICE,
        ),
    };
    vec![writable, space]
}

fn free_space(bytes: u64) -> Check {
    const NAME: &str = "disk";
    const ADVICE: &str = "Free some space, or move `data_dir` to a larger disk.";
    let finding = match bytes >> 20 {
        megabytes @ ..10_000 => format!("{megabytes} MB are free."),
        megabytes => format!("{} GB are free.", megabytes >> 10),
    };
    if bytes < TOO_LITTLE {
        Check::fail(NAME, finding, ADVICE)
    } else if bytes < LITTLE {
        Check::warn(NAME, finding, ADVICE)
    } else {
        Check::ok(NAME, finding)
    }
}

/// Whether anybody but its owner may read the key file.
pub(super) fn privacy_of_key(name: &'static str, path: &Path) -> Check {
    match std::fs::metadata(path) {
        Ok(file) if file.permissions().mode() & 0o077 == 0 => Check::ok(
            name,
            format!("{} is readable by its owner alone.", path.display()),
        ),
        Ok(file) => Check::fail(
            name,
            format!(
                "{} has the mode {:04o}: others may read it.",
                path.display(),
                file.permissions().mode() & 0o7777
            ),
            format!("Run `chmod 600 {}`.", path.display()),
        ),
        Err(cause) => Check::fail(
            name,
            format!("{}: {cause}.", path.display()),
            "Bring the key back from its backup.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn little_space_is_warned_of_and_hardly_any_refused() {
        let verdict = |bytes| free_space(bytes).verdict;
        assert_eq!(
            [0, TOO_LITTLE - 1, TOO_LITTLE, LITTLE - 1, LITTLE, u64::MAX].map(verdict),
            [
                Verdict::Fail,
                Verdict::Fail,
                Verdict::Warn,
                Verdict::Warn,
                Verdict::Ok,
                Verdict::Ok
            ]
        );
        assert_eq!(free_space(150 << 20).finding, "150 MB are free.");
        assert_eq!(free_space(20 << 30).finding, "20 GB are free.");
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret.key");
        std::fs::write(&path, "key").expect("a file");
        let verdict = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
            privacy_of_key("secret key", &path).verdict
        };
        assert_eq!(
            [0o600, 0o640, 0o604].map(verdict),
            [Verdict::Ok, Verdict::Fail, Verdict::Fail]
        );
    }

    #[test]
    fn a_folder_that_everybody_may_read_is_warned_of() {
        let folder = tempfile::tempdir().expect("a folder");
        let verdict = |mode| {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode))
                .expect("a mode");
            data_folder(folder.path())[0].verdict
        };
        assert_eq!(
            [0o700, 0o750, 0o755].map(verdict),
            [Verdict::Ok, Verdict::Ok, Verdict::Warn]
        );
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        assert_eq!(data_folder(file.path())[0].verdict, Verdict::Fail);
    }
}
